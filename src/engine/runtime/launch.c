/* Starting a container's first process: clone3(2) with all its namespaces, a pidfd and its cgroup,
 * then the handshake. The child's side is child.c. */
#include "engine/runtime/launch.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/child.h"
#include "engine/runtime/emulate.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/namespaces.h"
#include "engine/runtime/seccomp_notify.h"
#include "engine/runtime/steps.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int launch_start(const struct launch_request *request, struct launch *launch_out, struct error *err)
{
        struct launch launch = LAUNCH_EMPTY;
        AUTO(opened_steps) opened = { 0 };
        int pair[2];

        if (request->plan->process.emulate && !request->supervise)
                return emulate_refuse(err);
        if (steps_open_before(request->plan, &opened, err) < 0)
                return -1;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_sys(err, errno, "create socket pair");
        launch.pid = clone_into_namespaces(request->plan, request->cgroup_fd, &launch.pidfd,
                                           &launch.network_fd, err);
        if (launch.pid == 0) {
                close(pair[0]);
                child_main(request, &opened, pair[1]);
        }
        close(pair[1]);
        launch.sync_fd = pair[0];
        if (launch.pid < 0) {
                close(pair[0]);
                return -1;
        }
        *launch_out = launch;
        return 0;
}

/* The hooks of the runtime's side, when the container's mounts are made. */
static int run_hooks(const struct launch_request *request, const struct launch *launch,
                     struct error *err)
{
        const struct hooks *hooks = &request->plan->hooks;
        AUTO_FREE char *state = NULL;

        if (!hooks_for_create(hooks))
                return 0;
        if (handshake_expect(launch->sync_fd, HANDSHAKE_MOUNTED, err) < 0)
                return -1;
        state = hooks_state(request->state, "creating", launch->pid);
        if (hooks_run(hooks, HOOK_PRESTART, state, NULL, err) < 0 ||
            hooks_run(hooks, HOOK_CREATE_RUNTIME, state, NULL, err) < 0)
                return -1;
        handshake_send(launch->sync_fd, HANDSHAKE_HOOKED);
        return 0;
}

int launch_prepare(const struct launch_request *request, struct launch *launch, struct error *err)
{
        handshake_send(launch->sync_fd, HANDSHAKE_MAPPED);
        if (run_hooks(request, launch, err) < 0)
                return -1;
        if (request->plan->process.terminal) {
                if (handshake_expect(launch->sync_fd, HANDSHAKE_CONSOLE, err) < 0)
                        return -1;
                launch->console_fd = fd_receive(launch->sync_fd);
                if (launch->console_fd < 0)
                        return error_sys(err, errno, "receive the terminal");
        }
        return handshake_expect(launch->sync_fd, HANDSHAKE_PREPARED, err);
}

void launch_hide(const struct launch_plan *plan)
{
        if (!(plan->clone_flags & CLONE_NEWPID))
                prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int supervise(const struct launch_request *request, struct launch *launch, struct error *err)
{
        int listener;

        if (emulate_take(launch->sync_fd, &listener, err) < 0 ||
            (listener >= 0 &&
             request->supervise(request->supervise_data, launch->pid, listener, err) < 0))
                return -1;
        emulate_confirm(launch->sync_fd);
        return 0;
}

static int notify(const struct launch_continuation *go, const char *status, struct error *err)
{
        AUTO_CLOSE int agent = -1;

        if (seccomp_notify_connect(go->seccomp, &agent, err) < 0)
                return -1;
        return seccomp_notify_deliver(go->seccomp, agent, go->sync_fd, go->pid, go->state, status,
                                      err);
}

/* From START to the end of the handshake. */
static int see_execute(const struct launch_continuation *go, const char *status, struct error *err)
{
        int rc;

        if (go->seccomp->listener_path && notify(go, status, err) < 0)
                return -1;
        rc = handshake_expect(go->sync_fd, HANDSHAKE_END, err);
        if (rc < 0 && err && err->sys)
                error_context(err, "%s", go->name);
        return rc;
}

int launch_execute(const struct launch_request *request, struct launch *launch, struct error *err)
{
        const struct process_plan *process = &request->plan->process;
        struct launch_continuation go = { .sync_fd = launch->sync_fd,
                                          .pid = launch->pid,
                                          .seccomp = &process->seccomp,
                                          .state = request->state,
                                          .name = process->args.items[0] };
        int rc;

        handshake_send(launch->sync_fd, HANDSHAKE_START);
        if (process->emulate && supervise(request, launch, err) < 0)
                return -1;
        rc = see_execute(&go, "creating", err);
        close(launch->sync_fd);
        launch->sync_fd = -1;
        return rc;
}

void launch_leave(struct launch *launch)
{
        handshake_send(launch->sync_fd, HANDSHAKE_START);
        close(launch->sync_fd);
        launch->sync_fd = -1;
}

int launch_continue(const struct launch_continuation *continuation, struct error *err)
{
        handshake_send(continuation->sync_fd, HANDSHAKE_START);
        return see_execute(continuation, "created", err);
}

void launch_explain(const struct launch *launch, struct error *err)
{
        struct error theirs;

        if (launch->sync_fd >= 0 && recv(launch->sync_fd, &theirs, sizeof(theirs), MSG_DONTWAIT) ==
                                            (ssize_t)sizeof(theirs)) {
                theirs.text[ERROR_TEXT_MAX - 1] = '\0';
                theirs.cure[ERROR_CURE_MAX - 1] = '\0';
                error_copy(err, &theirs);
        }
}

void launch_abort(struct launch *launch)
{
        if (launch->pidfd >= 0) {
                (void)syscall(SYS_pidfd_send_signal, launch->pidfd, SIGKILL, NULL, 0);
                (void)waitpid(launch->pid, NULL, 0);
                close(launch->pidfd);
        }
        if (launch->sync_fd >= 0)
                close(launch->sync_fd);
        if (launch->console_fd >= 0)
                close(launch->console_fd);
        if (launch->network_fd >= 0)
                close(launch->network_fd);
        *launch = LAUNCH_EMPTY;
}
