/* exec: a further process in a running container. No monitor: the command is the parent, so without
 * a terminal the process simply has the command's own standard streams. */
#include "engine/container/exec.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/runtime/spec_file.h"
#include "base/log.h"
#include "engine/container/accounts.h"
#include "engine/container/container_event.h"
#include "engine/container/exec_session.h"
#include "engine/container/external_of.h"
#include "engine/container/oci.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/secrets.h"
#include "engine/container/state.h"
#include "engine/runtime/cgroup.h"
#include "engine/container/supervised.h"
#include "engine/runtime/join.h"
#include "engine/runtime/namespaces.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The `process` object of the specification. */
static int make_process(const struct store *store, const struct container *container,
                        const json_t *spec, const struct exec_options *options,
                        json_t **process_out, struct error *err)
{
        AUTO(rootfs) rootfs = { 0 };
        struct container_user user;
        struct oci_exec exec = { .args = &options->args,
                                 .env = &options->env,
                                 .cwd = options->workdir,
                                 .terminal = options->terminal,
                                 .privileged = options->privileged };

        if (options->user) {
                rootfs_of(store, container, &rootfs);
                if (accounts_resolve(store, container, &rootfs, options->user, &user, err) < 0)
                        return -1;
                exec.user = &user;
        }
        if (options->terminal)
                attach_terminal_size(&exec.rows, &exec.columns);
        if (oci_exec_process(json_object_get(spec, "process"), &exec, process_out, err) < 0)
                return -1;
        return container_secrets_add(container, *process_out, &options->env, err);
}

static int make_plan(const struct store *store, const json_t *spec, const json_t *process,
                     const struct exec_options *options, struct process_plan *plan_out,
                     struct error *err)
{
        const json_t *seccomp = json_object_get(json_object_get(spec, "linux"), "seccomp");
        const json_t *annotations = json_object_get(spec, "annotations");
        AUTO_CLOSE int cache_fd =
                openat(store->root_fd, "cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        /* A privileged process is not filtered (podman-exec(1)). */
        if (process_plan_make(process, options->privileged ? NULL : seccomp,
                              json_object_get(json_object_get(spec, "linux"), "personality"),
                              cache_fd, plan_out, err) < 0)
                return -1;
        plan_out->keep_groups = !options->user &&
                                json_get_string(annotations, ANNOTATION_KEEP_GROUPS, NULL) != NULL;
        plan_out->die_with_parent = !options->detach;
        plan_out->emulate = json_get_string(annotations, ANNOTATION_EMULATE, NULL) != NULL;
        return 0;
}

/* Those that are listed; the others are the host's, which one is in already. */
static int listed_namespaces(const json_t *spec)
{
        static const struct {
                const char *type;
                int flag;
        } types[] = { { "pid", CLONE_NEWPID },
                      { "ipc", CLONE_NEWIPC },
                      { "uts", CLONE_NEWUTS },
                      { "network", CLONE_NEWNET },
                      { "cgroup", CLONE_NEWCGROUP } };
        const json_t *list = json_object_get(json_object_get(spec, "linux"), "namespaces");
        int flags = CLONE_NEWUSER | CLONE_NEWNS;
        size_t i;
        json_t *entry;

        json_array_foreach (list, i, entry) {
                for (size_t k = 0; k < ARRAY_SIZE(types); k++)
                        if (strcmp(json_get_string(entry, "type", ""), types[k].type) == 0)
                                flags |= types[k].flag;
        }
        return flags;
}

static int open_target(const struct container_state *state, struct error *err)
{
        AUTO_CLOSE int fd = (int)syscall(SYS_pidfd_open, state->pid, 0);

        if (fd < 0 || state_process_start(state->pid) != state->pid_start)
                return error_set(err, ERROR_STATE,
                                 "can only create exec sessions on running containers: container "
                                 "state improper");
        return take_fd(&fd);
}

/* A process that would run outside of the container's limits is refused. */
static int open_cgroup(const struct container *container, const json_t *spec, int *fd_out,
                       struct error *err)
{
        bool limits = json_object_get(json_object_get(spec, "linux"), "resources") != NULL;
        struct error why = { 0 };

        if (!container->state.cgroup[0] ||
            cgroup_join(container->state.cgroup, getuid(), fd_out, &why) == 0)
                return 0;
        if (limits)
                return error_copy(err, &why);
        log_info("%s: the process stays in ours, continuing", why.text);
        return 0;
}

static int open_signals(void)
{
        static const int passed[] = {
                SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGUSR1, SIGUSR2
        };
        sigset_t set;

        sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
                sigaddset(&set, passed[i]);
        sigprocmask(SIG_BLOCK, &set, NULL);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void set_size(int console_fd)
{
        struct winsize size = { 0 };

        attach_terminal_size(&size.ws_row, &size.ws_col);
        if (size.ws_row)
                (void)ioctl(console_fd, TIOCSWINSZ, &size);
}

struct session {
        struct launch *launch;
        struct detach_keys keys;
        int signal_fd;
        bool input;
        bool detached;
        bool output_ended;
};

static void take_signal(struct session *s)
{
        struct signalfd_siginfo info;

        if (read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
                return;
        if (info.ssi_signo == SIGWINCH && s->launch->console_fd >= 0)
                set_size(s->launch->console_fd);
        else
                (void)syscall(SYS_pidfd_send_signal, s->launch->pidfd, (int)info.ssi_signo, NULL,
                              0);
}

static void copy_output(struct session *s)
{
        char data[16384];
        ssize_t n = read(s->launch->console_fd, data, sizeof(data));

        if (n > 0)
                (void)fd_write_all(STDOUT_FILENO, data, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                s->output_ended = true;
}

static void copy_input(struct session *s)
{
        char data[4096], passed[sizeof(data) + DETACH_KEYS_MAX];
        ssize_t n = read(STDIN_FILENO, data, sizeof(data));
        size_t len;

        if (n <= 0) {
                s->input = n < 0 && (errno == EAGAIN || errno == EINTR);
                return;
        }
        len = detach_keys_feed(&s->keys, data, (size_t)n, passed, &s->detached);
        (void)fd_write_all(s->launch->console_fd, passed, len);
}

/* Until the process ended and its terminal is drained, or the user detached. */
static void serve(struct session *s)
{
        bool ended = false;

        s->output_ended = s->launch->console_fd < 0;
        while (!s->detached && !(ended && s->output_ended)) {
                struct pollfd slots[] = {
                        { .fd = ended ? -1 : s->launch->pidfd, .events = POLLIN },
                        { .fd = s->signal_fd, .events = POLLIN },
                        { .fd = s->output_ended ? -1 : s->launch->console_fd, .events = POLLIN },
                        { .fd = s->input && s->launch->console_fd >= 0 ? STDIN_FILENO : -1,
                          .events = POLLIN },
                };

                /* Children of the process may keep the terminal open: they do not hold us up. */
                int n = poll(slots, ARRAY_SIZE(slots), ended ? 50 : -1);

                if (n == 0 && ended)
                        break;
                if (n < 0)
                        continue;
                ended = ended || slots[0].revents;
                if (slots[1].revents)
                        take_signal(s);
                if (slots[2].revents)
                        copy_output(s);
                if (slots[3].revents)
                        copy_input(s);
        }
}

static int exit_code_of(const struct launch *launch)
{
        siginfo_t info = { 0 };

        while (waitid(P_PIDFD, (id_t)launch->pidfd, &info, WEXITED) < 0)
                if (errno != EINTR)
                        return 125;
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static int run_session(struct launch *launch, const struct exec_options *options,
                       bool *detached_out)
{
        struct session session = { .launch = launch,
                                   .keys = options->keys,
                                   .signal_fd = open_signals(),
                                   .input = options->interactive };

        if (launch->console_fd >= 0 && options->interactive && isatty(STDIN_FILENO))
                terminal_raw();
        if (launch->console_fd >= 0)
                set_size(launch->console_fd);
        serve(&session);
        terminal_restore();
        *detached_out = session.detached;
        return session.detached ? 0 : exit_code_of(launch);
}

/* Its end is seen by none: what earlier ones left is cleared away. */
static int leave_session(const struct container *container, int proc_fd,
                         const struct launch *launch, const struct exec_options *options)
{
        char id[EXEC_SESSION_ID_LEN + 1];
        AUTO(strv) ids = { 0 };

        exec_session_list(container, proc_fd, &ids);
        exec_session_begin(container, proc_fd, launch->pid, id);
        if (options->session_out)
                memcpy(options->session_out, id, sizeof(id));
        return 0;
}

static int hold_session(const struct container *container, int proc_fd, struct launch *launch,
                        const struct exec_options *options)
{
        char id[EXEC_SESSION_ID_LEN + 1];
        bool detached;
        int code;

        exec_session_begin(container, proc_fd, launch->pid, id);
        code = run_session(launch, options, &detached);
        if (!detached)
                exec_session_end(container, id);
        return code;
}

/* A health check: its time is limited, and nobody is there to talk to it. It is the first of its
 * session; what it has started and left in its group ends with it. */
static int run_check(struct launch *launch, int timeout_ms)
{
        struct pollfd slot = { .fd = launch->pidfd, .events = POLLIN };
        int n;

        do {
                n = poll(&slot, 1, timeout_ms);
        } while (n < 0 && errno == EINTR);
        if (n > 0)
                return exit_code_of(launch);
        (void)kill(-launch->pid, SIGKILL);
        (void)syscall(SYS_pidfd_send_signal, launch->pidfd, SIGKILL, NULL, 0);
        (void)exit_code_of(launch);
        return EXEC_TIMED_OUT;
}

static void choose_stdio(const struct exec_options *options, int null_fd, int stdio[3])
{
        if (options->stdio) {
                memcpy(stdio, options->stdio, 3 * sizeof(*stdio));
                return;
        }
        stdio[0] = options->interactive && !options->detach ? STDIN_FILENO : null_fd;
        stdio[1] = options->detach ? null_fd : STDOUT_FILENO;
        stdio[2] = options->detach ? null_fd : STDERR_FILENO;
}

/* What the two ways of joining a container share. */
struct joining {
        const struct store *store;
        const struct container *container;
        const struct exec_options *options;
        const json_t *spec, *process;
        int stdio[3];
        int pidfd, cgroup_fd;
};

/* The monitor's child is in the user namespace already, unless the container's is below that. */
static void stay_in_userns(pid_t pid, bool keep_groups, unsigned long long *namespaces)
{
        char path[64];
        struct stat own, theirs;

        snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
        if (stat("/proc/self/ns/user", &own) < 0 || stat(path, &theirs) < 0 ||
            own.st_ino != theirs.st_ino)
                return;
        *namespaces &= ~(unsigned long long)CLONE_NEWUSER;
        if (getuid() != 0)
                namespaces_become_root(keep_groups);
}

static int join_native(const struct joining *joining, struct launch *launch, struct error *err)
{
        AUTO(process_plan) process = { 0 };
        AUTO_CLOSE int monitor_fd = -1;
        struct supervised supervised = { .process = &process };
        struct join_request join = { .process = &process,
                                     .supervise = supervised_offer,
                                     .data = &supervised,
                                     .target_pidfd = joining->pidfd,
                                     .cgroup_fd = joining->cgroup_fd,
                                     .preserve = joining->options->preserve,
                                     .namespaces =
                                             (unsigned long long)listed_namespaces(joining->spec) };

        if (make_plan(joining->store, joining->spec, joining->process, joining->options, &process,
                      err) < 0)
                return -1;
        if (process.emulate &&
            attach_connect(joining->store, joining->container, &monitor_fd, err) < 0)
                return -1;
        if (joining->options->stdio)
                stay_in_userns(joining->container->state.pid, process.keep_groups,
                               &join.namespaces);
        supervised.socket_fd = monitor_fd;
        memcpy(join.stdio, joining->stdio, sizeof(join.stdio));
        return join_execute(&join, launch, err);
}

static int join_external(const struct joining *joining, struct launch *launch, struct error *err)
{
        AUTO(external_of) external = EXTERNAL_OF_EMPTY;

        if (joining->options->preserve)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--preserve-fds and --preserve-fd need kelp's own runtime");
        if (external_of_running(joining->store, joining->container, &external, err) < 0)
                return -1;
        return external_exec(&external.runtime, joining->process, joining->stdio, launch, err);
}

static int check_running(const struct container *container, struct error *err)
{
        if (container->state.status != CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE,
                                 "can only create exec sessions on running containers: container "
                                 "state improper");
        if (container->state.paused)
                return error_set(err, ERROR_STATE,
                                 "container %.12s is paused: container state improper",
                                 container->id);
        return 0;
}

int container_exec(const struct store *store, struct container *container,
                   const struct exec_options *options, int *exit_code_out, struct error *err)
{
        AUTO_JSON json_t *spec = NULL, *process = NULL;
        AUTO_CLOSE int pidfd = -1, cgroup_fd = -1;
        AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        struct joining joining = { .store = store, .container = container, .options = options };
        struct launch launch = LAUNCH_EMPTY;

        if (check_running(container, err) < 0 ||
            spec_read_file(container->dir_fd, "config.json", &spec, err) < 0 ||
            make_process(store, container, spec, options, &process, err) < 0)
                return -1;
        pidfd = open_target(&container->state, err);
        if (pidfd < 0 || open_cgroup(container, spec, &cgroup_fd, err) < 0)
                return -1;
        joining.spec = spec;
        joining.process = process;
        joining.pidfd = pidfd;
        joining.cgroup_fd = cgroup_fd;
        choose_stdio(options, null_fd, joining.stdio);
        if ((container->spec.runtime_path ? join_external : join_native)(&joining, &launch, err) <
            0)
                return -1;
        if (options->stdio) {
                *exit_code_out = run_check(&launch, options->timeout_ms);
                return 0;
        }
        container_event(store, container, "exec");
        *exit_code_out = options->detach ? leave_session(container, proc_fd, &launch, options)
                                         : hold_session(container, proc_fd, &launch, options);
        if (!options->detach)
                container_event(store, container, "exec_died");
        return 0;
}
