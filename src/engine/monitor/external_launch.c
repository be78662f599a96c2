/* A container's start with another OCI runtime. See external_launch.h.
 *
 *   - ids are mapped; a mount namespace of our own, where the root is mounted; the cgroup is made,
 *     and this process is in the leaf beside; the bundle is written;
 *   - create: the runtime makes namespaces and mounts, and a process that waits;
 *   - that process is our child, in the cgroup; the network is attached, the state recorded;
 *   - start: it becomes the program.
 *
 * What kelp's own runtime does beside the mounts has to come before or after them here: a runtime
 * takes a root that is there and a cgroup that is there.
 */
#include "engine/monitor/external_launch.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

static int mount_root(const struct monitor_hooks *hooks, struct error *err)
{
        int rc;

        if (!hooks->mount_root)
                return 0;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        rc = hooks->mount_root(hooks->data, err);
        (void)!chdir("/"); /* overlay's paths are relative */
        return rc;
}

static int make_ready(const struct monitor_hooks *hooks, struct error *err)
{
        if (hooks->wait_mapped(hooks->data, 0, err) < 0 || mount_root(hooks, err) < 0 ||
            hooks->start_cgroup(hooks->data, 0, err) < 0 ||
            hooks->wait_cgroup(hooks->data, 0, err) < 0)
                return -1;
        return hooks->write_bundle(hooks->data, err);
}

/* start_cgroup sees whether the runtime has kept to the cgroup. */
static int attach(const struct monitor_hooks *hooks, pid_t pid, struct error *err)
{
        if (hooks->start_cgroup(hooks->data, pid, err) < 0 ||
            hooks->start_network(hooks->data, pid, -1, err) < 0 ||
            hooks->wait_network(hooks->data, err) < 0)
                return -1;
        return hooks->started(hooks->data, pid, err);
}

int external_launch(const struct monitor_request *request, const struct external_create *create,
                    struct launch *launch_out, struct error *err)
{
        const struct monitor_hooks *hooks = &request->hooks;

        if (make_ready(hooks, err) < 0 ||
            external_create(request->external, create, launch_out, err) < 0 ||
            attach(hooks, launch_out->pid, err) < 0)
                return -1;
        return external_start(request->external, err);
}
