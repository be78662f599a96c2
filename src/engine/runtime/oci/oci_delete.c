/* kill, delete, pause, resume. See oci_life.h. */
#include "engine/runtime/oci/oci_life.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#define KILL_MS 10000

/* Namespaces without a path, or with one: false only when the container shares the pid namespace of
 * whoever made it, or another's. */
static bool has_pid_namespace(const struct oci_container *container)
{
        AUTO_JSON json_t *spec = NULL;
        size_t i;
        json_t *entry;

        if (oci_container_spec(container, &spec, NULL) < 0)
                return true;
        json_array_foreach (json_object_get(json_object_get(spec, "linux"), "namespaces"), i,
                            entry) {
                if (strcmp(json_get_string(entry, "type", ""), "pid") == 0)
                        return !json_get_string(entry, "path", "")[0];
        }
        return false;
}

static int signal_first(const struct oci_container *container, int signal, struct error *err)
{
        AUTO_CLOSE int pidfd = oci_container_pidfd(container, err);

        if (pidfd < 0)
                return -1;
        if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
                return error_sys(err, errno, "signal container \"%s\"", container->id);
        return 0;
}

int oci_kill(const struct oci_container *container, int signal, bool all, struct error *err)
{
        const char *cgroup = container->record.cgroup;

        /* Nobody is left, as was asked for. */
        if (all && container->status == OCI_STOPPED && (!cgroup || !cgroup_is_populated(cgroup)))
                return 0;
        if (all && cgroup)
                return cgroup_kill(cgroup, signal, err);
        if (signal_first(container, signal, err) < 0)
                return -1;
        /* The kernel kills the others only together with a namespace's first process. */
        if (signal == SIGKILL && cgroup && !has_pid_namespace(container))
                return cgroup_kill(cgroup, SIGKILL, err);
        return 0;
}

static int kill_and_wait(const struct oci_container *container, struct error *err)
{
        AUTO_CLOSE int pidfd = oci_container_pidfd(container, NULL);
        struct pollfd slot = { .fd = pidfd, .events = POLLIN };

        if (pidfd < 0)
                return 0;
        if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
                return error_sys(err, errno, "kill container \"%s\"", container->id);
        /* Frozen ones die too (cgroup v2). */
        if (poll(&slot, 1, KILL_MS) == 0)
                return error_set(err, ERROR_STATE, "container \"%s\" does not end", container->id);
        return 0;
}

static int remove_cgroup(const struct oci_container *container, struct error *err)
{
        const char *cgroup = container->record.cgroup;

        if (!cgroup)
                return 0;
        if (cgroup_is_populated(cgroup) && cgroup_kill(cgroup, SIGKILL, err) < 0)
                return -1;
        return cgroup_delete(cgroup, err);
}

static void run_poststop(const struct oci_container *container, const struct hooks *hooks)
{
        AUTO_JSON json_t *identity = NULL;
        AUTO_FREE char *text = NULL;
        struct error why = { 0 };

        if (hooks->lists[HOOK_POSTSTOP].count == 0)
                return;
        identity = oci_container_identity(container);
        text = hooks_state(identity, "stopped", 0);
        if (hooks_run(hooks, HOOK_POSTSTOP, text, NULL, &why) < 0)
                log_warn("%s, continuing", why.text);
}

int oci_delete(const struct oci_root *root, struct oci_container *container, bool force,
               struct error *err)
{
        AUTO_JSON json_t *spec = NULL;
        AUTO(hooks) hooks = { 0 };
        enum oci_status status = oci_container_status(container);

        /* One that nobody has started has nothing to lose: runc and crun delete it too. */
        if (!force && status != OCI_STOPPED && status != OCI_CREATED)
                return error_set(err, ERROR_STATE,
                                 "cannot delete container \"%s\": it is %s, not stopped",
                                 container->id, oci_status_name(status));
        /* Of one that was never finished there may be nothing to read. */
        if (oci_container_spec(container, &spec, NULL) == 0)
                (void)hooks_parse(json_object_get(spec, "hooks"), &hooks, NULL);
        if (kill_and_wait(container, err) < 0 || remove_cgroup(container, err) < 0 ||
            oci_container_remove(root, container, err) < 0)
                return -1;
        if (container->record.bundle)
                run_poststop(container, &hooks);
        return 0;
}

static int set_frozen(const struct oci_container *container, bool frozen, struct error *err)
{
        enum oci_status status = container->status;
        bool right = frozen ? status == OCI_RUNNING || status == OCI_CREATED : status == OCI_PAUSED;

        if (!right)
                return error_set(err, ERROR_STATE, "cannot %s container \"%s\": it is %s",
                                 frozen ? "pause" : "resume", container->id,
                                 oci_status_name(status));
        if (!container->record.cgroup)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "container \"%s\" has no cgroup of its own, which pausing needs",
                                 container->id);
        return cgroup_freeze(container->record.cgroup, frozen, err);
}

int oci_pause(const struct oci_container *container, struct error *err)
{
        return set_frozen(container, true, err);
}

int oci_resume(const struct oci_container *container, struct error *err)
{
        return set_frozen(container, false, err);
}
