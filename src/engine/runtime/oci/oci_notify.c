/* NOTIFY_SOCKET for containers. See oci_notify.h.
 *
 * The socket is bound by whoever starts the program, who also waits for the word; `create` is gone
 * by then. It lies in a directory, so that it may come after the mount was made.
 */
#include "engine/runtime/oci/oci_notify.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define MESSAGE_MAX 4096
#define READY       "READY=1"

/* Abstract ones ("@") belong to the network namespace, and have no place for a mount. */
static const char *host_socket(void)
{
        const char *path = getenv("NOTIFY_SOCKET");

        return path && path[0] == '/' && path[1] ? path : NULL;
}

static void add_mount(json_t *spec, const char *source, const char *target)
{
        json_t *mounts = json_object_get(spec, "mounts");

        if (!mounts) {
                mounts = json_array();
                json_object_set_new(spec, "mounts", mounts);
        }
        json_array_append_new(mounts, json_pack("{s:s, s:s, s:s, s:[s, s, s, s, s]}", "destination",
                                                target, "type", "bind", "source", source, "options",
                                                "bind", "nosuid", "noexec", "nodev", "ro"));
}

static void add_variable(json_t *spec, const char *target)
{
        json_t *process = json_object_get(spec, "process");
        json_t *env = json_object_get(process, "env");
        AUTO_FREE char *assignment = xasprintf("NOTIFY_SOCKET=%s/" OCI_NOTIFY, target);

        if (!env) {
                env = json_array();
                json_object_set_new(process, "env", env);
        }
        json_array_append_new(env, json_string(assignment));
}

int oci_notify_plan(const struct oci_root *root, const struct oci_container *container,
                    json_t *spec, struct error *err)
{
        const char *target = host_socket();
        AUTO_FREE char *source = NULL;

        if (!target || !json_is_object(json_object_get(spec, "process")))
                return 0;
        source = xasprintf("%s/%s/" OCI_NOTIFY, root->path, container->id);
        if (mkdirat(container->dir_fd, OCI_NOTIFY, 0755) < 0)
                return error_sys(err, errno, "create %s", source);
        add_mount(spec, source, target);
        add_variable(spec, target);
        return 1;
}

/* Any user of the container may speak. */
int oci_notify_open(const struct oci_container *container, int *fd_out, struct error *err)
{
        AUTO_CLOSE int dir_fd =
                openat(container->dir_fd, OCI_NOTIFY, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int fd = -1;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (dir_fd < 0 || !host_socket())
                return 0;
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" OCI_NOTIFY,
                 dir_fd);
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            chmod(address.sun_path, 0777) < 0)
                return error_sys(err, errno, "create the notify socket");
        *fd_out = take_fd(&fd);
        return 0;
}

static void tell_host(const char *text)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *path = host_socket();

        if (strlen(path) >= sizeof(address.sun_path)) {
                log_warn("NOTIFY_SOCKET %s is too long, continuing", path);
                return;
        }
        memcpy(address.sun_path, path, strlen(path));
        if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
                   sizeof(address)) < 0)
                log_warn("send to NOTIFY_SOCKET %s: %s, continuing", path, strerror(errno));
}

static bool says_ready(char *text)
{
        char *rest = text, *line;

        while ((line = strsep(&rest, "\n")))
                if (strcmp(line, READY) == 0)
                        return true;
        return false;
}

bool oci_notify_pass(int fd, pid_t pid)
{
        char text[MESSAGE_MAX + 1];
        AUTO_FREE char *main_pid = xasprintf("MAINPID=%d", pid);
        ssize_t n = recv(fd, text, MESSAGE_MAX, MSG_DONTWAIT);

        if (n <= 0)
                return false;
        text[n] = '\0';
        if (!says_ready(text))
                return false;
        tell_host(READY);
        tell_host(main_pid);
        return true;
}

void oci_notify_wait(int fd, int pidfd, pid_t pid)
{
        struct pollfd slots[] = { { .fd = fd, .events = POLLIN },
                                  { .fd = pidfd, .events = POLLIN } };

        while (poll(slots, ARRAY_SIZE(slots), -1) >= 0 || errno == EINTR) {
                if (slots[0].revents && oci_notify_pass(fd, pid))
                        return;
                if (slots[1].revents)
                        return;
        }
}
