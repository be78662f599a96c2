/* The monitor's first part: leave the caller's surroundings and start the container with the
 * runtime. See monitor_parts.h.
 */
#include "engine/monitor/monitor_parts.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/monitor/external_launch.h"
#include "engine/monitor/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Descriptors stay only where the hooks or the loop need them: whoever waits for the end of a pipe
 * that the user's shell gave us must not wait for the container. */
static void close_others(const struct monitor *m)
{
        const struct monitor_request *request = m->request;
        const struct preserved_fds *preserve = request->preserve;
        int keep[40 + PRESERVE_FDS_MAX];
        size_t count = 0;
        int own[] = { *request->cgroup_fd, request->log_dir_fd, request->client_fd,
                      request->listen_fd,  request->watch.fd,   m->passed[0],
                      m->passed[1],        m->passed[2] };

        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
                keep[count++] = own[i];
        for (size_t i = 0; i < request->keep_count && count < 40; i++)
                keep[count++] = request->keep_fds[i];
        for (size_t i = 0; preserve && i < preserve->count; i++) {
                keep[count++] = preserve->items[i];
                (void)fd_set_cloexec(preserve->items[i], true);
        }
        fd_close_except(keep, count);
}

void monitor_close_handed_on(struct monitor *m)
{
        const struct preserved_fds *preserve = m->request->preserve;

        for (size_t i = 0; preserve && i < preserve->count; i++)
                close(preserve->items[i]);
        for (int i = 0; i < 3; i++) {
                if (m->passed[i] >= 0)
                        close(m->passed[i]);
                m->passed[i] = -1;
        }
}

void monitor_become(struct monitor *m)
{
        static const int ignored[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                       SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU };
        int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        sigset_t none;

        setsid();
        prctl(PR_SET_NAME, "kelp-monitor");
        for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
                signal(ignored[i], SIG_IGN);
        signal(SIGCHLD, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        for (int fd = 0; fd < 3 && null_fd >= 0; fd++) {
                if (m->request->passthrough)
                        m->passed[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                dup2(null_fd, fd);
        }
        close_others(m);
        (void)!chdir("/");
}

/* For each try, since the runtime is given them. One that was closed is /dev/null. */
static int pass_stdio(struct monitor *m, struct error *err)
{
        for (int i = 0; i < 3; i++) {
                if (m->passed[i] < 0)
                        continue;
                m->child_stdio[i] = fcntl(m->passed[i], F_DUPFD_CLOEXEC, 3);
                if (m->child_stdio[i] < 0)
                        return error_sys(err, errno, "pass standard streams on");
        }
        return 0;
}

/* Pipes (or /dev/null) for a container without a terminal. */
static int make_stdio(struct monitor *m, struct error *err)
{
        int in[2], out[2], problems[2];

        if (m->request->plan->process.terminal)
                return 0;
        if (m->request->passthrough)
                return pass_stdio(m, err);
        if (pipe2(out, O_CLOEXEC) < 0 || pipe2(problems, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        m->output_fds[0] = out[0];
        m->output_fds[1] = problems[0];
        m->child_stdio[1] = out[1];
        m->child_stdio[2] = problems[1];
        if (!m->request->interactive)
                return 0;
        if (pipe2(in, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        m->child_stdio[0] = in[0];
        m->stdin_fd = in[1];
        return 0;
}

static void close_child_stdio(struct monitor *m)
{
        for (int i = 0; i < 3; i++) {
                if (m->child_stdio[i] > 2)
                        close(m->child_stdio[i]);
                m->child_stdio[i] = i;
        }
}

static void close_stdio(struct monitor *m)
{
        int *fds[] = { &m->output_fds[0], &m->output_fds[1], &m->stdin_fd };

        close_child_stdio(m);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                if (*fds[i] >= 0)
                        close(*fds[i]);
                *fds[i] = -1;
        }
}

/* Root with a single id: system calls are answered here. What this process is inside of the
 * namespace is the id. */
static int supervise(void *data, pid_t pid, int listener_fd, struct error *err)
{
        const struct process_plan *process = data;
        const struct supervisor_config config = { .base_uid = geteuid(),
                                                  .base_gid = getegid(),
                                                  .capabilities = process->capabilities.bounding,
                                                  .no_new_privileges = process->no_new_privileges };
        struct supervisor_ids ids = { .uid = process->uid, .gid = process->gid };

        for (size_t i = 0; i < process->group_count && i < SUPERVISOR_GROUPS_MAX; i++)
                ids.groups[ids.group_count++] = process->groups[i];
        supervisor_configure(&config);
        return supervisor_start(listener_fd, pid, &ids, err);
}

static int start_network(struct monitor *m, struct error *err)
{
        const struct monitor_hooks *hooks = &m->request->hooks;
        int rc = hooks->start_network(hooks->data, m->launch.pid, m->launch.network_fd, err);

        if (m->launch.network_fd >= 0)
                close(m->launch.network_fd);
        m->launch.network_fd = -1;
        return rc;
}

/* The same through another runtime's program. */
static int launch_external(struct monitor *m, struct error *err)
{
        struct external_create create = { .problems_fd = m->output_fds[1],
                                          .terminal = m->request->plan->process.terminal };
        int rc;

        memcpy(create.stdio, m->child_stdio, sizeof(create.stdio));
        rc = external_launch(m->request, &create, &m->launch, err);
        close_child_stdio(m);
        return rc;
}

/* From clone to exec, once. */
static int launch_once(struct monitor *m, int attempt, struct error *err)
{
        const struct monitor_hooks *hooks = &m->request->hooks;
        struct launch_request launch = { .plan = m->request->plan,
                                         .cgroup_fd = *m->request->cgroup_fd,
                                         .mount_root = hooks->mount_root,
                                         .data = hooks->data,
                                         .state = m->request->identity,
                                         .supervise = supervise,
                                         .supervise_data =
                                                 (void *)(uintptr_t)&m->request->plan->process,
                                         .root_mounted = hooks->mount_root != NULL,
                                         .preserve = m->request->preserve };

        if ((hooks->prepare && hooks->prepare(hooks->data, attempt, err) < 0) ||
            make_stdio(m, err) < 0)
                return -1;
        if (m->request->external)
                return launch_external(m, err);
        memcpy(launch.stdio, m->child_stdio, sizeof(launch.stdio));
        if (launch_start(&launch, &m->launch, err) < 0)
                return -1;
        close_child_stdio(m);
        if (hooks->start_cgroup(hooks->data, m->launch.pid, err) < 0 ||
            hooks->wait_mapped(hooks->data, m->launch.pid, err) < 0 ||
            hooks->wait_cgroup(hooks->data, m->launch.pid, err) < 0 || start_network(m, err) < 0 ||
            launch_prepare(&launch, &m->launch, err) < 0 ||
            hooks->wait_network(hooks->data, err) < 0 ||
            hooks->started(hooks->data, m->launch.pid, err) < 0)
                return -1;
        launch_hide(m->request->plan);
        return launch_execute(&launch, &m->launch, err);
}

int monitor_launch(struct monitor *m, struct error *err)
{
        int rc = launch_once(m, 0, err);

        if (rc < 0 && err->kind == ERROR_NO_OVERLAY && m->request->hooks.prepare) {
                launch_abort(&m->launch);
                close_stdio(m);
                rc = launch_once(m, 1, err);
        }
        if (rc == 0 && m->request->plan->process.terminal) {
                m->output_fds[0] = m->launch.console_fd;
                m->stdin_fd = m->launch.console_fd;
        }
        return rc;
}
