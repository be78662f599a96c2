/* create and run. See oci_life.h. */
#include "engine/runtime/oci/oci_life.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "engine/runtime/oci/oci_console.h"
#include "engine/runtime/oci/oci_notify.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int oci_create(struct oci_request *request, struct error *err)
{
        struct oci_making making;
        int rc;

        request->wait = true;
        request->detach = true;
        rc = oci_make(request, &making, err);
        if (rc == 0)
                launch_leave(&making.launch);
        oci_making_release(&making);
        return rc;
}

static int start(struct oci_making *making, int *notify_fd_out, struct error *err)
{
        struct launch_request request = oci_make_launch(making);

        if (oci_notify_open(&making->container, notify_fd_out, err) < 0 ||
            launch_execute(&request, &making->launch, err) < 0)
                return -1;
        return oci_make_hooks(making, HOOK_POSTSTART, "running", making->launch.pid, err);
}

/* As delete does, with what is known already. */
static void clean_up(struct oci_making *making)
{
        struct error why = { 0 };

        if (!oci_container_lock(&making->container))
                return; /* somebody has deleted it */
        if (making->cgroup.path) {
                if (cgroup_is_populated(making->cgroup.path))
                        (void)cgroup_kill(making->cgroup.path, SIGKILL, NULL);
                if (cgroup_delete(making->cgroup.path, &why) < 0)
                        log_warn("%s, continuing", why.text);
        }
        if (oci_container_remove(making->request->root, &making->container, &why) < 0 ||
            oci_make_hooks(making, HOOK_POSTSTOP, "stopped", 0, &why) < 0)
                log_warn("%s, continuing", why.text);
}

/* Until it ends, or, where nobody stays, until it is ready if it is a service. */
static int stay(struct oci_making *making, bool keep, int notify_fd)
{
        const struct launch *launch = &making->launch;
        int console_fd = making->console_socket_fd < 0 ? launch->console_fd : -1;
        int code = 0;

        if (!making->request->detach) {
                code = oci_console_serve(launch->pid, launch->pidfd, console_fd, notify_fd);
                if (!keep)
                        clean_up(making);
        } else if (notify_fd >= 0) {
                oci_notify_wait(notify_fd, launch->pidfd, launch->pid);
        }
        return code;
}

int oci_run(struct oci_request *request, bool keep, int *exit_code_out, struct error *err)
{
        struct oci_making making;
        AUTO_CLOSE int notify_fd = -1;
        int rc;

        request->wait = false;
        rc = oci_make(request, &making, err);
        if (rc == 0 && start(&making, &notify_fd, err) < 0) {
                oci_make_undo(&making);
                rc = -1;
        }
        if (rc == 0) {
                oci_container_unlock(&making.container);
                *exit_code_out = stay(&making, keep, notify_fd);
        }
        oci_making_release(&making);
        return rc;
}
