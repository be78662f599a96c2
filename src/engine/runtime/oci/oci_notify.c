/* NOTIFY_SOCKET for containers. See oci_notify.h.
 *
 * The socket is bound by whoever starts the program, who also waits for the word; `create` is gone
 * by then. It lies in a directory, so that it may come after the mount was made.
 */
#include "engine/runtime/oci/oci_notify.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "engine/runtime/notify_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

int oci_notify_open(const struct oci_container *container, int *fd_out, struct error *err)
{
        int fd;

        if (!host_socket() || faccessat(container->dir_fd, OCI_NOTIFY, F_OK, 0) < 0)
                return 0;
        fd = notify_socket_bind(container->dir_fd, OCI_NOTIFY "/" OCI_NOTIFY);
        if (fd < 0)
                return error_sys(err, errno, "create the notify socket");
        *fd_out = fd;
        return 0;
}

static void tell_host(const char *text)
{
        const char *path = host_socket();

        if (notify_socket_send(path, text) < 0)
                log_warn("send to NOTIFY_SOCKET %s: %s, continuing", path, strerror(errno));
}

bool oci_notify_pass(int fd, pid_t pid)
{
        AUTO_FREE char *main_pid = xasprintf("MAINPID=%d", pid);

        if (!notify_socket_ready(fd))
                return false;
        tell_host(NOTIFY_READY);
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
