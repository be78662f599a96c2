/* See notify.h. The socket of the container lies in a directory that is mounted, since the monitor
 * binds a new one at each start. */
#include "engine/container/notify.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "engine/container/health_state.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define MESSAGE_MAX 4096
#define READY       "READY=1"
#define LOOK_MS     100

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

bool notify_passes(const struct container_spec *spec)
{
        return spec->notify_socket && !spec->sdnotify;
}

/* Any user of the container may speak. */
int notify_open(const struct container_spec *spec, int files_dir_fd, int *fd_out, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        AUTO_CLOSE int fd = -1;

        if (!notify_passes(spec))
                return 0;
        snprintf(address.sun_path, sizeof(address.sun_path),
                 "/proc/self/fd/%d/" NOTIFY_DIR "/notify.sock", files_dir_fd);
        (void)unlink(address.sun_path);
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if ((mkdirat(files_dir_fd, NOTIFY_DIR, 0755) < 0 && errno != EEXIST) || fd < 0 ||
            bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            chmod(address.sun_path, 0777) < 0)
                return error_sys(err, errno, "create the container's notify socket");
        *fd_out = take_fd(&fd);
        return 0;
}

/* A name that begins with "@" is an abstract one. */
static int send_to(const char *path, const char *text)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t len = strlen(path);

        if (len >= sizeof(address.sun_path)) {
                errno = ENAMETOOLONG;
                return -1;
        }
        memcpy(address.sun_path, path, len);
        if (path[0] == '@')
                address.sun_path[0] = '\0';
        return sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                      (struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0
                       ? -1
                       : 0;
}

static void tell(const struct container_spec *spec, const char *text)
{
        if (spec->notify_socket && send_to(spec->notify_socket, text) < 0)
                log_warn("tell NOTIFY_SOCKET %s: %s, continuing", spec->notify_socket,
                         strerror(errno));
}

static bool says_ready(char *text)
{
        char *rest = text, *line;

        while ((line = strsep(&rest, "\n")))
                if (strcmp(line, READY) == 0)
                        return true;
        return false;
}

void notify_pass(const struct container_spec *spec, int fd)
{
        char text[MESSAGE_MAX + 1];
        ssize_t n = recv(fd, text, MESSAGE_MAX, MSG_DONTWAIT);

        if (n <= 0)
                return;
        text[n] = '\0';
        if (says_ready(text))
                tell(spec, READY);
}

void notify_started(const struct container_spec *spec)
{
        char text[64];

        snprintf(text, sizeof(text), "MAINPID=%d%s", (int)getpid(),
                 strcmp(notify_mode(spec), "conmon") == 0 ? "\n" READY : "");
        tell(spec, text);
}

void notify_healthy(const struct container_spec *spec)
{
        if (strcmp(notify_mode(spec), "healthy") == 0)
                tell(spec, READY);
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
