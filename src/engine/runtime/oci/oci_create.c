/* create and run. See oci_life.h. */
#include "engine/runtime/oci/oci_life.h"

#include "base/log.h"
#include "engine/runtime/oci/oci_console.h"

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

static int start(struct oci_making *making, struct error *err)
{
        struct launch_request request = oci_make_launch(making);

        if (launch_execute(&request, &making->launch, err) < 0)
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

int oci_run(struct oci_request *request, bool keep, int *exit_code_out, struct error *err)
{
        struct oci_making making;
        int rc;

        request->wait = false;
        rc = oci_make(request, &making, err);
        if (rc == 0 && start(&making, err) < 0) {
                oci_make_undo(&making);
                rc = -1;
        }
        if (rc == 0)
                oci_container_unlock(&making.container);
        if (rc == 0 && !request->detach) {
                int console_fd = making.console_socket_fd < 0 ? making.launch.console_fd : -1;

                *exit_code_out = oci_console_serve(making.launch.pidfd, console_fd);
                if (!keep)
                        clean_up(&making);
        }
        oci_making_release(&making);
        return rc;
}
