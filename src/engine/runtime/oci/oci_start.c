/* start. See oci_life.h. */
#include "engine/runtime/oci/oci_life.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "engine/runtime/oci/oci_notify.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int connect_to(const struct oci_container *container, struct error *err)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" OCI_START,
                 container->dir_fd);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return error_sys(err, errno, "reach the process of container %s", container->id);
        return take_fd(&fd);
}

static int execute(const struct oci_container *container, const json_t *spec, struct error *err)
{
        const json_t *seccomp = json_object_get(json_object_get(spec, "linux"), "seccomp");
        const json_t *args = json_object_get(json_object_get(spec, "process"), "args");
        AUTO_JSON json_t *identity = oci_container_identity(container);
        AUTO_CLOSE int fd = connect_to(container, err);
        struct seccomp_program listener = {
                /* borrowed */
                .listener_path = (char *)(uintptr_t)json_get_string(seccomp, "listenerPath", NULL),
                .listener_metadata =
                        (char *)(uintptr_t)json_get_string(seccomp, "listenerMetadata", NULL),
        };
        struct launch_continuation continuation = {
                .sync_fd = fd,
                .pid = container->record.pid,
                .seccomp = &listener,
                .state = identity,
                .name = json_string_value(json_array_get(args, 0)),
        };

        if (fd < 0 || launch_continue(&continuation, err) < 0)
                return -1;
        (void)unlinkat(container->dir_fd, OCI_START, 0);
        return 0;
}

static int run_hooks(const struct oci_container *container, const struct hooks *hooks,
                     struct error *err)
{
        AUTO_JSON json_t *identity = NULL;
        AUTO_FREE char *text = NULL;

        if (hooks->lists[HOOK_POSTSTART].count == 0)
                return 0;
        identity = oci_container_identity(container);
        text = hooks_state(identity, "running", container->record.pid);
        return hooks_run(hooks, HOOK_POSTSTART, text, NULL, err);
}

/* A service's starter stays until it is ready. */
static void wait_until_ready(struct oci_container *container, int notify_fd)
{
        AUTO_CLOSE int pidfd = oci_container_pidfd(container, NULL);

        oci_container_unlock(container);
        if (pidfd >= 0)
                oci_notify_wait(notify_fd, pidfd, container->record.pid);
}

int oci_start(const struct oci_root *root, struct oci_container *container, struct error *err)
{
        AUTO_JSON json_t *spec = NULL;
        AUTO(hooks) hooks = { 0 };
        AUTO_CLOSE int notify_fd = -1;
        struct error why = { 0 };

        if (container->status != OCI_CREATED)
                return error_set(err, ERROR_STATE,
                                 "cannot start container \"%s\": it is %s, not created",
                                 container->id, oci_status_name(container->status));
        if (oci_container_spec(container, &spec, err) < 0 ||
            hooks_parse(json_object_get(spec, "hooks"), &hooks, err) < 0 ||
            oci_notify_open(container, &notify_fd, err) < 0 || execute(container, spec, err) < 0)
                return -1;
        if (run_hooks(container, &hooks, err) < 0) {
                if (oci_delete(root, container, true, &why) < 0)
                        log_warn("%s, continuing", why.text);
                return -1;
        }
        if (notify_fd >= 0)
                wait_until_ready(container, notify_fd);
        return 0;
}
