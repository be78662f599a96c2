/* A further process in a running container: setns(2) through the init's pidfd, then a child that is
 * born in the pid namespace and becomes the program like the first one did (process.c).
 *
 * This process is made undumpable before it enters, so that nothing inside can reach its memory or
 * /proc/PID/exe (CVE-2016-9962, CVE-2019-5736).
 */
#include "engine/runtime/join.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/clone.h"
#include "engine/runtime/emulate.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/keyring.h"
#include "engine/runtime/lsm.h"
#include "engine/runtime/namespaces.h"
#include "engine/runtime/priority.h"
#include "engine/runtime/process.h"
#include "engine/runtime/seccomp_notify.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* process_execute(), and the descriptors that stay. */
static void execute(const struct join_request *request, const int stdio[3], int stub, int sync_fd,
                    struct error *err)
{
        int keep[] = { sync_fd, stub };
        struct process_ready ready;

        if (keyring_make(request->keyring, err) == 0 &&
            process_prepare(request->process, stdio, request->preserve, keep, ARRAY_SIZE(keep),
                            &ready, err) == 0)
                process_finish(request->process, &ready, stub, sync_fd);
}

static _Noreturn void joined_child(const struct join_request *request, int stub, int sync_fd)
{
        struct error err = { 0 };
        int stdio[3], slave = -1;

        memcpy(stdio, request->stdio, sizeof(stdio));
        process_reset_signals();
        if (cpu_list_apply(request->process->cpus_final, &err) < 0)
                goto fail;
        setsid();
        /* Only from here: out of its cgroup namespace the kernel lets nobody into a cgroup
         * (nsdelegate, cgroups(7)). */
        if ((request->namespaces & CLONE_NEWCGROUP) &&
            setns(request->target_pidfd, CLONE_NEWCGROUP) < 0) {
                error_sys(&err, errno, "enter the container's cgroup namespace");
                goto fail;
        }
        if (request->process->terminal) {
                AUTO_CLOSE int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

                slave = process_console(request->process, root_fd, sync_fd, &err);
                if (slave < 0)
                        goto fail;
                (void)ioctl(slave, TIOCSCTTY, 0);
                stdio[0] = stdio[1] = stdio[2] = slave;
        }
        execute(request, stdio, stub, sync_fd, &err);
fail:
        error_send(sync_fd, &err);
        _exit(126);
}

static int receive_console(struct launch *launch, struct error *err)
{
        if (handshake_expect(launch->sync_fd, HANDSHAKE_CONSOLE, err) < 0)
                return -1;
        launch->console_fd = fd_receive(launch->sync_fd);
        return launch->console_fd < 0 ? error_sys(err, errno, "receive the terminal") : 0;
}

static int supervise(const struct join_request *request, struct launch *launch, struct error *err)
{
        int listener;

        if (emulate_take(launch->sync_fd, &listener, err) < 0 ||
            (listener >= 0 && request->supervise(request->data, launch->pid, listener, err) < 0))
                return -1;
        emulate_confirm(launch->sync_fd);
        return 0;
}

/* What has to be done while /proc, /sys and all paths are the host's, and this process its own. */
static int prepare(const struct process_plan *process, int *agent_out, struct error *err)
{
        if (lsm_check(process, false, err) < 0 || process_oom_score(process, err) < 0 ||
            (process->seccomp.listener_path &&
             seccomp_notify_connect(&process->seccomp, agent_out, err) < 0))
                return -1;
        return cpu_list_apply(process->cpus_initial, err);
}

static int enter(const struct join_request *request, struct error *err)
{
        AUTO_CLOSE int root_fd = -1;

        if (request->chroot) {
                AUTO_FREE char *root = xasprintf("/proc/%d/root", request->target_pid);

                root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (root_fd < 0)
                        return error_sys(err, errno, "open the container's root");
        }
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        if (setns(request->target_pidfd, (int)request->namespaces & ~CLONE_NEWCGROUP) < 0)
                return error_sys(err, errno, "enter the container");
        /* Whoever we are outside may be nobody in there. */
        if ((request->namespaces & CLONE_NEWUSER) && getuid() != 0)
                namespaces_become_root(request->process->keep_groups);
        if (root_fd >= 0 && (fchdir(root_fd) < 0 || chroot(".") < 0))
                return error_sys(err, errno, "enter the container's root");
        return 0;
}

int join_execute(const struct join_request *request, struct launch *launch_out, struct error *err)
{
        struct launch launch = LAUNCH_EMPTY;
        AUTO_CLOSE int stub = process_stub(err);
        AUTO_CLOSE int agent = -1;
        int pair[2];

        if (stub < 0)
                return -1;
        if (request->process->emulate && !request->supervise)
                return emulate_refuse(err);
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_sys(err, errno, "create socket pair");
        if (prepare(request->process, &agent, err) < 0 || enter(request, err) < 0)
                return -1;
        launch.pid = clone_into(0, request->cgroup_fd, &launch.pidfd);
        if (launch.pid == 0) {
                close(pair[0]);
                joined_child(request, stub, pair[1]);
        }
        close(pair[1]);
        launch.sync_fd = pair[0];
        if (launch.pid < 0)
                return error_sys(err, errno, "start a process in the container");
        if ((request->process->terminal && receive_console(&launch, err) < 0) ||
            (request->process->emulate && supervise(request, &launch, err) < 0) ||
            (request->process->seccomp.listener_path &&
             seccomp_notify_deliver(&request->process->seccomp, agent, launch.sync_fd, launch.pid,
                                    request->state, "running", err) < 0) ||
            handshake_expect(launch.sync_fd, HANDSHAKE_END, err) < 0) {
                if (err && err->sys)
                        error_context(err, "%s", request->process->args.items[0]);
                launch_abort(&launch);
                return -1;
        }
        *launch_out = launch;
        return 0;
}
