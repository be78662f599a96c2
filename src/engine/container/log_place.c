/* Finding a container's log. */
#include "engine/container/log_place.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <string.h>

void log_place_release(struct log_place *place)
{
        if (place->own)
                close(place->dir_fd);
        *place = LOG_PLACE_EMPTY;
}

bool log_place_none(const struct container_spec *spec)
{
        return spec->log_driver && strcmp(spec->log_driver, "none") == 0;
}

int log_place_open(const struct container *container, struct log_place *place_out,
                   struct error *err)
{
        const char *path = container->spec.log_path;
        const char *slash = path ? strrchr(path, '/') : NULL;
        AUTO_FREE char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) : NULL;
        struct log_place place = { .dir_fd = container->dir_fd,
                                   .own = dir != NULL,
                                   .name = slash ? slash + 1 : "log" };

        if (dir)
                place.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (place.dir_fd < 0)
                return error_sys(err, errno, "the directory of the log %s", path ? path : "");
        *place_out = place;
        return 0;
}
