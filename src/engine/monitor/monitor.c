/* The monitor's life: start the container with the runtime, then one poll(2) loop until it ended.
 *
 * Memory: nothing is allocated once the container runs; all buffers are static. SIGTERM and the
 * terminal's signals are ignored: what ends a monitor is the end of its container. If it is killed
 * all the same, the kernel kills the container's init (PR_SET_PDEATHSIG) and drops the lock, and
 * the next command finds "exited, monitor lost".
 */
#include "engine/monitor/monitor.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/trim.h"
#include "engine/monitor/clients.h"
#include "engine/monitor/external_launch.h"
#include "engine/monitor/log_writer.h"
#include "engine/monitor/oom_watch.h"
#include "engine/monitor/supervisor.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define SETTLE_MS 100

struct monitor {
        const struct monitor_request *request;
        struct launch launch;
        struct clients clients;
        struct log_writer log;
        int output_fds[2]; /* stdout (or the terminal), stderr; -1: ended */
        int stdin_fd;      /* write end of its pipe, or the terminal; -1: none */
        int child_stdio[3];
        struct monitor_timer timer;
        int64_t due_ms;  /* its next tick (CLOCK_MONOTONIC), -1: none */
        int64_t kill_ms; /* when the init is killed, -1: never */
        bool timed_out;  /* it was */
        struct oom_watch oom;
        bool ended; /* the init is dead; what is left in the pipes is read */
        int exit_code;
};

/* One packet of output on its way to the clients, one of input on its way to the container. */
static char output_packet[1 + PACKET_DATA_MAX];
static size_t output_len;
static char input_packet[1 + PACKET_DATA_MAX];
static size_t input_len, input_done;

/* Descriptors stay only where the hooks or the loop need them: whoever waits for the end of a pipe
 * that the user's shell gave us must not wait for the container. */
static void close_others(const struct monitor_request *request)
{
        const struct preserved_fds *preserve = request->preserve;
        int keep[32 + PRESERVE_FDS_MAX];
        size_t count = 0;
        int own[] = { *request->cgroup_fd, request->log_dir_fd, request->client_fd,
                      request->listen_fd, request->watch.fd };

        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
                keep[count++] = own[i];
        for (size_t i = 0; i < request->keep_count && count < 32; i++)
                keep[count++] = request->keep_fds[i];
        for (size_t i = 0; preserve && i < preserve->count; i++) {
                keep[count++] = preserve->items[i];
                (void)fd_set_cloexec(preserve->items[i], true);
        }
        fd_close_except(keep, count);
}

/* Once the init has them: whoever reads from a pipe waits for its other end to close. */
static void close_preserved(const struct preserved_fds *preserve)
{
        for (size_t i = 0; preserve && i < preserve->count; i++)
                close(preserve->items[i]);
}

static void become_monitor(const struct monitor_request *request)
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
        for (int fd = 0; fd < 3 && null_fd >= 0; fd++)
                dup2(null_fd, fd);
        close_others(request);
        (void)!chdir("/");
}

/* Pipes (or /dev/null) for a container without a terminal. */
static int make_stdio(struct monitor *m, struct error *err)
{
        int in[2], out[2], problems[2];

        if (m->request->plan->process.terminal)
                return 0;
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

static int launch(struct monitor *m, struct error *err)
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

/* One packet from the container to the log and the clients. */
static void read_output(struct monitor *m, int which)
{
        ssize_t n = read(m->output_fds[which], output_packet + 1, PACKET_DATA_MAX);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) { /* a terminal whose last process is gone says EIO */
                if (m->output_fds[which] != m->launch.console_fd)
                        close(m->output_fds[which]);
                m->output_fds[which] = -1;
                return;
        }
        if (m->log.fd >= 0)
                log_writer_add(&m->log, which == 0 ? "stdout" : "stderr", output_packet + 1,
                               (size_t)n);
        output_packet[0] = which == 0 ? PACKET_STDOUT : PACKET_STDERR;
        output_len = (size_t)n + 1;
        clients_offer(&m->clients, output_packet, output_len);
}

static void end_stdin(struct monitor *m)
{
        if (m->stdin_fd >= 0 && m->stdin_fd != m->launch.console_fd)
                close(m->stdin_fd);
        m->stdin_fd = -1;
        input_len = input_done = 0;
}

static void resize(struct monitor *m, const char *data, size_t len)
{
        struct packet_size size;
        struct winsize window = { 0 };

        if (m->launch.console_fd < 0 || len != sizeof(size))
                return;
        memcpy(&size, data, sizeof(size));
        window.ws_row = size.rows;
        window.ws_col = size.columns;
        (void)ioctl(m->launch.console_fd, TIOCSWINSZ, &window);
}

/* A process that joins the container brings its listener. */
static void take_listener(struct client *client, const char *data, size_t len, int listener_fd)
{
        char packet[1 + sizeof(struct error)] = { PACKET_SUPERVISED };
        struct packet_listener offer;
        struct error err = { 0 };

        if (len != sizeof(offer)) {
                close(listener_fd);
                clients_drop(client);
                return;
        }
        memcpy(&offer, data, sizeof(offer));
        if (supervisor_start(listener_fd, offer.pid, &offer.ids, &err) < 0) {
                packet[0] = PACKET_ERROR;
                memcpy(packet + 1, &err, sizeof(err));
        }
        (void)send(client->fd, packet, packet[0] == PACKET_ERROR ? sizeof(packet) : 1,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_client(struct monitor *m, struct client *client)
{
        int passed_fd;
        ssize_t n = fd_receive_with(client->fd, input_packet, sizeof(input_packet), MSG_DONTWAIT,
                                    &passed_fd);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                clients_drop(client);
                return;
        }
        if (passed_fd >= 0) {
                if (input_packet[0] == PACKET_LISTENER && m->request->plan->process.emulate)
                        take_listener(client, input_packet + 1, (size_t)n - 1, passed_fd);
                else
                        close(passed_fd);
                return;
        }
        if (input_packet[0] == PACKET_STDIN && m->stdin_fd >= 0) {
                input_len = (size_t)n;
                input_done = 1;
        } else if (input_packet[0] == PACKET_STDIN_END && m->stdin_fd != m->launch.console_fd) {
                end_stdin(m);
        } else if (input_packet[0] == PACKET_RESIZE) {
                resize(m, input_packet + 1, (size_t)n - 1);
        }
}

/* Input that the container has not taken: the pipe is non-blocking, so a container that never
 * reads holds up its clients and nothing else. */
static void write_input(struct monitor *m)
{
        ssize_t n = write(m->stdin_fd, input_packet + input_done, input_len - input_done);

        if (n < 0 && errno != EAGAIN && errno != EINTR) {
                end_stdin(m);
                return;
        }
        if (n > 0)
                input_done += (size_t)n;
        if (input_done == input_len)
                input_len = input_done = 0;
}

static void accept_client(struct monitor *m)
{
        int fd = accept4(m->request->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        int32_t pid = m->launch.pid;
        char packet[1 + sizeof(pid)] = { PACKET_STARTED };

        if (fd < 0)
                return;
        memcpy(packet + 1, &pid, sizeof(pid));
        (void)send(fd, packet, sizeof(packet), MSG_NOSIGNAL | MSG_DONTWAIT);
        clients_add(&m->clients, fd, true);
}

static void reap(struct monitor *m)
{
        siginfo_t info = { 0 };

        if (waitid(P_PIDFD, (id_t)m->launch.pidfd, &info, WEXITED | WNOHANG) < 0 ||
            info.si_pid == 0)
                return;
        m->exit_code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
        if (m->timed_out && m->exit_code == 128 + SIGKILL)
                m->exit_code = MONITOR_TIMED_OUT;
        m->ended = true;
        close(m->launch.pidfd);
        m->launch.pidfd = -1;
        /* Every process of its pid namespace is dead, so what the pipes hold is all there is. In
         * another's some may be left for a moment; they are not waited for. */
        for (int i = 0; i < 2; i++)
                if (m->output_fds[i] >= 0)
                        (void)fd_set_nonblock(m->output_fds[i], true);
}

enum {
        SLOT_PIDFD,
        SLOT_STDOUT,
        SLOT_STDERR,
        SLOT_STDIN,
        SLOT_LISTEN,
        SLOT_TIMER,
        SLOT_OOM,
        SLOT_WATCH,
        SLOT_CLIENTS
};

IDLE_CODE static void fill_poll(const struct monitor *m, struct pollfd *slots)
{
        bool blocked = clients_pending(&m->clients);

        slots[SLOT_PIDFD] = (struct pollfd){ .fd = m->launch.pidfd, .events = POLLIN };
        for (int i = 0; i < 2; i++)
                slots[SLOT_STDOUT + i] =
                        (struct pollfd){ .fd = blocked ? -1 : m->output_fds[i], .events = POLLIN };
        slots[SLOT_STDIN] =
                (struct pollfd){ .fd = input_len ? m->stdin_fd : -1, .events = POLLOUT };
        slots[SLOT_LISTEN] = (struct pollfd){ .fd = m->request->listen_fd, .events = POLLIN };
        slots[SLOT_TIMER] = (struct pollfd){ .fd = m->timer.fd, .events = POLLIN };
        slots[SLOT_OOM] = (struct pollfd){ .fd = oom_watch_slot(&m->oom), .events = POLLPRI };
        slots[SLOT_WATCH] = (struct pollfd){ .fd = m->request->watch.fd, .events = POLLIN };
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                const struct client *client = &m->clients.slots[i];
                short events = (short)((input_len ? 0 : POLLIN) | (client->pending ? POLLOUT : 0));

                slots[SLOT_CLIENTS + i] = (struct pollfd){ .fd = client->fd, .events = events };
        }
}

static void serve_clients(struct monitor *m, const struct pollfd *slots)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &m->clients.slots[i];
                short got = slots[SLOT_CLIENTS + i].revents;

                if (client->fd < 0 || client->fd != slots[SLOT_CLIENTS + i].fd || !got)
                        continue;
                if (client->pending && (got & (POLLOUT | POLLHUP | POLLERR)))
                        clients_retry(client, output_packet, output_len);
                if (client->fd >= 0 && !input_len && (got & (POLLIN | POLLHUP)))
                        read_client(m, client);
        }
}

/* Did the container's other processes end with its first? */
static bool owns_processes(const struct monitor *m)
{
        return m->request->plan->clone_flags & CLONE_NEWPID;
}

/* After the end: is anything left to read or to hand over? */
static bool drained(struct monitor *m)
{
        if (clients_pending(&m->clients))
                return false;
        for (int i = 0; i < 2; i++) {
                int available = 0;

                if (m->output_fds[i] < 0)
                        continue;
                if (m->output_fds[i] == m->launch.console_fd && owns_processes(m))
                        return false; /* ends by itself, with EIO */
                if (ioctl(m->output_fds[i], FIONREAD, &available) == 0 && available > 0)
                        return false;
        }
        return true;
}

static void set_timer(struct monitor *m)
{
        m->due_ms = m->timer.wait_ms < 0 ? -1 : clock_monotonic_ms() + m->timer.wait_ms;
}

/* Without a timeout the clock is not looked at. */
static void end_late(struct monitor *m)
{
        if (m->kill_ms < 0 || m->ended || clock_monotonic_ms() < m->kill_ms)
                return;
        m->kill_ms = -1;
        m->timed_out = syscall(SYS_pidfd_send_signal, m->launch.pidfd, SIGKILL, NULL, 0) == 0;
}

/* Likewise without a timer. */
static bool timer_due(const struct monitor *m, const struct pollfd *slots)
{
        return !m->ended && ((m->timer.fd >= 0 && slots[SLOT_TIMER].revents) ||
                             (m->due_ms >= 0 && clock_monotonic_ms() >= m->due_ms));
}

/* How long poll(2) may take: until something is due, at most idle_ms (-1: for ever). */
static int patience(const struct monitor *m, int idle_ms)
{
        int64_t due_ms = m->due_ms, left;

        if (m->kill_ms >= 0 && (due_ms < 0 || m->kill_ms < due_ms))
                due_ms = m->kill_ms;
        if (due_ms < 0 || m->ended)
                return idle_ms;
        left = due_ms - clock_monotonic_ms();
        if (left < 0)
                left = 0;
        if (left > INT_MAX)
                left = INT_MAX;
        return idle_ms >= 0 && idle_ms < left ? idle_ms : (int)left;
}

static void look_for_oom(struct monitor *m)
{
        if (oom_watch_look(&m->oom))
                m->request->hooks.oom(m->request->hooks.data, m->oom.kills);
}

/* The start is over and nothing happens. */
static void begin_long_wait(struct monitor *m)
{
        oom_watch_open(&m->oom, *m->request->cgroup_fd);
        trim_memory();
}

IDLE_CODE static void loop(struct monitor *m)
{
        struct pollfd slots[SLOT_CLIENTS + CLIENTS_MAX];
        int idle_ms = SETTLE_MS;

        if (m->request->memory_limit)
                oom_watch_open(&m->oom, *m->request->cgroup_fd);
        while (!m->ended || !drained(m)) {
                bool rested;
                int ready;

                fill_poll(m, slots);
                ready = poll(slots, ARRAY_SIZE(slots),
                             oom_watch_patience(&m->oom, patience(m, idle_ms)));
                rested = oom_watch_rests(&m->oom);
                end_late(m);
                if (ready >= 0 && timer_due(m, slots)) {
                        m->timer.tick(&m->timer);
                        set_timer(m);
                } else if (ready == 0 && !rested) {
                        begin_long_wait(m);
                        idle_ms = -1;
                }
                if (ready <= 0)
                        continue;
                if (slots[SLOT_OOM].revents)
                        look_for_oom(m);
                for (int i = 0; i < 2; i++)
                        if (slots[SLOT_STDOUT + i].revents && !clients_pending(&m->clients))
                                read_output(m, i);
                if (slots[SLOT_STDIN].revents && input_len)
                        write_input(m);
                if (slots[SLOT_LISTEN].revents)
                        accept_client(m);
                if (slots[SLOT_WATCH].revents)
                        m->request->watch.ready(m->request->watch.data, m->request->watch.fd);
                serve_clients(m, slots);
                if (slots[SLOT_PIDFD].revents)
                        reap(m);
        }
}

static _Noreturn void fail(struct monitor *m, const struct error *why)
{
        launch_abort(&m->launch);
        m->request->hooks.failed(m->request->hooks.data, why);
        clients_tell(&m->clients, PACKET_ERROR, why, sizeof(*why));
        _exit(1);
}

/* What is to be said while the container starts, by whoever started it. Only by this process: its
 * children close their descriptors. */
static int log_fd = -1;
static pid_t log_pid;

static void relay_log(const char *level, const char *text)
{
        static char packet[4096] = { PACKET_LOG };
        int len;

        if (log_fd < 0 || getpid() != log_pid)
                return;
        len = snprintf(packet + 1, sizeof(packet) - 1, "%s%c%s", level, '\0', text);
        if (len >= 0 && len + 2 <= (int)sizeof(packet))
                (void)send(log_fd, packet, (size_t)len + 2, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void monitor_run(const struct monitor_request *request)
{
        struct monitor m = { .request = request,
                             .launch = LAUNCH_EMPTY,
                             .log = { .fd = -1 },
                             .timer = request->timer,
                             .due_ms = -1,
                             .oom = OOM_WATCH_NONE,
                             .kill_ms = -1,
                             .output_fds = { -1, -1 },
                             .stdin_fd = -1,
                             .child_stdio = { 0, 1, 2 } };
        struct error err = { 0 };
        int32_t number;

        become_monitor(request);
        clients_init(&m.clients);
        input_len = input_done = output_len = 0;
        if (request->client_fd >= 0)
                clients_add(&m.clients, request->client_fd, request->client_output);
        log_fd = request->client_fd;
        log_pid = getpid();
        log_set_sink(relay_log);
        if (launch(&m, &err) < 0 || (request->log_dir_fd >= 0 &&
                                     log_writer_open(&m.log, request->log_dir_fd, request->log_name,
                                                     request->log_max) < 0 &&
                                     error_sys(&err, errno, "open the container's log") < 0))
                fail(&m, &err);
        request->hooks.running(request->hooks.data);
        log_fd = -1;
        close_preserved(request->preserve);
        number = m.launch.pid;
        clients_tell(&m.clients, PACKET_STARTED, &number, sizeof(number));
        if (m.stdin_fd >= 0)
                (void)fd_set_nonblock(m.stdin_fd, true);
        if (m.timer.tick)
                set_timer(&m);
        if (request->timeout_ms > 0)
                m.kill_ms = clock_monotonic_ms() + request->timeout_ms;
        loop(&m);
        oom_watch_close(&m.oom);
        log_writer_close(&m.log);
        request->hooks.exited(request->hooks.data, m.exit_code);
        number = m.exit_code;
        clients_tell(&m.clients, PACKET_EXIT, &number, sizeof(number));
        request->hooks.tidy_up(request->hooks.data);
}
