/* The monitor's life: start the container with the runtime, then one poll(2) loop until it ended.
 *
 * Memory: nothing is allocated once the container runs; all buffers are static. SIGTERM and the
 * terminal's signals are ignored: what ends a monitor is the end of its container. If it is killed
 * all the same, the kernel kills the container's init (PR_SET_PDEATHSIG) and drops the lock, and
 * the next command finds "exited, monitor lost".
 */
#include "engine/monitor/monitor.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/trim.h"
#include "engine/monitor/monitor_parts.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SETTLE_MS 100

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
IDLE_CODE static int patience(const struct monitor *m, int idle_ms)
{
        const int64_t times[] = { m->due_ms, m->kill_ms, m->oom.rest_ms };
        int64_t first = INT64_MAX, left;

        for (size_t i = 0; i < ARRAY_SIZE(times); i++)
                if (times[i] >= 0 && times[i] < first)
                        first = times[i];
        if (first == INT64_MAX || m->ended)
                return idle_ms;
        left = first - clock_monotonic_ms();
        if (left < 0)
                left = 0;
        if (left > INT_MAX)
                left = INT_MAX;
        return idle_ms >= 0 && idle_ms < left ? idle_ms : (int)left;
}

IDLE_CODE static void fill_poll(const struct monitor *m, struct pollfd *slots)
{
        monitor_io_fill(m, slots);
        slots[SLOT_PIDFD] = (struct pollfd){ .fd = m->launch.pidfd, .events = POLLIN };
        slots[SLOT_TIMER] = (struct pollfd){ .fd = m->timer.fd, .events = POLLIN };
        slots[SLOT_OOM] = (struct pollfd){ .fd = oom_watch_slot(&m->oom), .events = POLLPRI };
        slots[SLOT_WATCH] = (struct pollfd){ .fd = m->request->watch.fd, .events = POLLIN };
}

/* The start is over and nothing happens. */
static void begin_long_wait(struct monitor *m)
{
        if (!m->request->memory_limit)
                oom_watch_open(&m->oom, *m->request->cgroup_fd);
        trim_memory();
}

static void serve(struct monitor *m, const struct pollfd *slots)
{
        const struct monitor_watch *watch = &m->request->watch;

        if (slots[SLOT_OOM].revents && oom_watch_look(&m->oom))
                m->request->hooks.oom(m->request->hooks.data, m->oom.kills);
        monitor_io_serve(m, slots);
        if (slots[SLOT_WATCH].revents)
                watch->ready(watch->data, watch->fd);
        if (slots[SLOT_PIDFD].revents)
                reap(m);
}

IDLE_CODE static void loop(struct monitor *m)
{
        struct pollfd slots[SLOT_COUNT];
        int idle_ms = SETTLE_MS;

        if (m->request->memory_limit)
                oom_watch_open(&m->oom, *m->request->cgroup_fd);
        while (!m->ended || !drained(m)) {
                int ready;

                fill_poll(m, slots);
                ready = poll(slots, ARRAY_SIZE(slots), patience(m, idle_ms));
                oom_watch_wake(&m->oom);
                end_late(m);
                if (ready >= 0 && timer_due(m, slots)) {
                        m->timer.tick(&m->timer);
                        set_timer(m);
                } else if (ready == 0 && idle_ms >= 0) {
                        begin_long_wait(m);
                        idle_ms = -1;
                }
                if (ready > 0)
                        serve(m, slots);
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

static int open_log(struct monitor *m, struct error *err)
{
        const struct monitor_request *request = m->request;

        if (request->log_dir_fd >= 0 &&
            log_writer_open(&m->log, request->log_dir_fd, request->log_name, request->log_max) < 0)
                return error_sys(err, errno, "open the container's log");
        return 0;
}

static int open_journal(struct monitor *m, struct error *err)
{
        if (!m->request->journal || journal_writer_open(&m->journal, m->request->journal) == 0)
                return 0;
        error_sys(err, errno, "--log-driver journald: reach " JOURNAL_SOCKET);
        return error_cure(err, "without systemd's journal: --log-driver k8s-file");
}

/* The first client hears of the start: of what is to be said meanwhile, too. */
static void greet(struct monitor *m)
{
        const struct monitor_request *request = m->request;

        clients_init(&m->clients);
        monitor_io_init();
        if (request->client_fd >= 0)
                clients_add(&m->clients, request->client_fd, request->client_output);
        log_fd = request->client_fd;
        log_pid = getpid();
        log_set_sink(relay_log);
}

/* The program runs. */
static void settle(struct monitor *m)
{
        struct packet_started started = { m->launch.pid, PACKET_DATA_MAX };

        m->request->hooks.running(m->request->hooks.data);
        log_fd = -1;
        monitor_close_handed_on(m);
        clients_tell(&m->clients, PACKET_STARTED, &started, sizeof(started));
        if (m->stdin_fd >= 0)
                (void)fd_set_nonblock(m->stdin_fd, true);
        if (m->timer.tick)
                set_timer(m);
        if (m->request->timeout_ms > 0)
                m->kill_ms = clock_monotonic_ms() + m->request->timeout_ms;
}

static void finish(struct monitor *m)
{
        const struct monitor_hooks *hooks = &m->request->hooks;
        int32_t code = m->exit_code;

        oom_watch_close(&m->oom);
        log_writer_close(&m->log);
        journal_writer_close(&m->journal);
        hooks->exited(hooks->data, m->exit_code);
        clients_tell(&m->clients, PACKET_EXIT, &code, sizeof(code));
        hooks->tidy_up(hooks->data);
}

void monitor_run(const struct monitor_request *request)
{
        struct monitor m = { .request = request,
                             .launch = LAUNCH_EMPTY,
                             .log = { .fd = -1 },
                             .journal = { .fd = -1 },
                             .passed = { -1, -1, -1 },
                             .timer = request->timer,
                             .due_ms = -1,
                             .oom = OOM_WATCH_NONE,
                             .kill_ms = -1,
                             .output_fds = { -1, -1 },
                             .stdin_fd = -1,
                             .child_stdio = { 0, 1, 2 } };
        struct error err = { 0 };

        monitor_become(&m);
        greet(&m);
        if (open_journal(&m, &err) < 0 || monitor_launch(&m, &err) < 0 || open_log(&m, &err) < 0)
                fail(&m, &err);
        settle(&m);
        loop(&m);
        finish(&m);
}
