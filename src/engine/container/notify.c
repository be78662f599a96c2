/* See notify.h. The socket of the container lies in a directory that is mounted, since the monitor
 * binds a new one at each start. */
#include "engine/container/notify.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "engine/container/health_state.h"
#include "engine/runtime/notify_socket.h"

#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define LOOK_MS 100

static const char *const modes[] = { "container", "conmon", "healthy", "ignore" };

int notify_parse(const char *mode, struct container_spec *spec, struct error *err)
{
        size_t i;

        for (i = 0; i < ARRAY_SIZE(modes) && strcmp(modes[i], mode) != 0; i++)
                ;
        if (i == ARRAY_SIZE(modes))
                return error_set(err, ERROR_USAGE,
                                 "invalid sdnotify value \"%s\": must be conmon, container, "
                                 "healthy or ignore",
                                 mode);
        spec->sdnotify = i > 0 ? xstrdup(mode) : NULL;
        return 0;
}

const char *notify_mode(const struct container_spec *spec)
{
        return spec->sdnotify ? spec->sdnotify : modes[0];
}

bool notify_ignores(const struct container_spec *spec)
{
        return strcmp(notify_mode(spec), "ignore") == 0;
}

bool notify_passes(const struct container_spec *spec)
{
        return spec->notify_socket && !spec->sdnotify;
}

int notify_open(const struct container_spec *spec, int files_dir_fd, int *fd_out, struct error *err)
{
        int fd;

        if (!notify_passes(spec))
                return 0;
        if (mkdirat(files_dir_fd, NOTIFY_DIR, 0755) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create the container's notify socket");
        fd = notify_socket_bind(files_dir_fd, NOTIFY_DIR "/notify.sock");
        if (fd < 0)
                return error_sys(err, errno, "create the container's notify socket");
        *fd_out = fd;
        return 0;
}

static void tell(const struct container_spec *spec, const char *text)
{
        if (spec->notify_socket && notify_socket_send(spec->notify_socket, text) < 0)
                log_warn("tell NOTIFY_SOCKET %s: %s, continuing", spec->notify_socket,
                         strerror(errno));
}

void notify_pass(const struct container_spec *spec, int fd)
{
        if (notify_socket_ready(fd))
                tell(spec, NOTIFY_READY);
}

void notify_started(const struct container_spec *spec)
{
        char text[64];

        snprintf(text, sizeof(text), "MAINPID=%d%s", (int)getpid(),
                 strcmp(notify_mode(spec), "conmon") == 0 ? "\n" NOTIFY_READY : "");
        tell(spec, text);
}

void notify_healthy(const struct container_spec *spec)
{
        if (strcmp(notify_mode(spec), "healthy") == 0)
                tell(spec, NOTIFY_READY);
}

int notify_wait_healthy(struct container *container, struct error *err)
{
        struct error why = { 0 };

        while (strcmp(notify_mode(&container->spec), "healthy") == 0) {
                if (container_refresh(container, &why) < 0)
                        return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
                if (strcmp(health_of(container), "healthy") == 0)
                        return 0;
                if (container->state.status != CONTAINER_RUNNING)
                        return error_set(err, ERROR_STATE,
                                         "container %s has ended before it was healthy",
                                         container->spec.name);
                poll(NULL, 0, LOOK_MS);
        }
        return 0;
}
