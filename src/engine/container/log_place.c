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

static const struct {
        const char *name;
        enum log_driver driver;
} drivers[] = {
        { "k8s-file", LOG_DRIVER_FILE },
        { "json-file", LOG_DRIVER_FILE },
        { "journald", LOG_DRIVER_JOURNALD },
        { "passthrough", LOG_DRIVER_PASSTHROUGH },
        { "passthrough-tty", LOG_DRIVER_PASSTHROUGH },
        { "none", LOG_DRIVER_NONE },
};

enum log_driver log_driver_of(const struct container_spec *spec)
{
        for (size_t i = 0; spec->log_driver && i < ARRAY_SIZE(drivers); i++)
                if (strcmp(drivers[i].name, spec->log_driver) == 0)
                        return drivers[i].driver;
        return LOG_DRIVER_FILE;
}

bool log_driver_known(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                if (strcmp(drivers[i].name, name) == 0)
                        return true;
        return false;
}

void log_driver_list(struct strv *names)
{
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                strv_add(names, drivers[i].name);
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
