/* One health check. See health_check.h.
 *
 * The command's parent has to enter the container's namespaces and cannot come back, so it is a
 * process of its own: it runs the command (container_exec() with a timeout) with its output on a
 * pipe, and its exit code says how that went. This process reads the pipe until that process ends,
 * not until the pipe does: what the command left running may hold it open.
 *
 * The monitor's checks and those by hand may come at the same time. Each changes the state under
 * the health lock; one whose container has ended meanwhile, and perhaps runs anew, records only
 * that.
 */
#include "engine/container/health_check.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "engine/container/container_event.h"
#include "engine/container/exec.h"
#include "engine/container/notify.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* What the process that ran the command exits with. */
enum { RAN_GOOD, RAN_BAD, RAN_TIMED_OUT };

/* Milliseconds beyond the timeout that the process may take to start, to kill and to end. */
#define GRACE_MS 10000
#define KILL_MS  10000 /* until a container that was killed has ended */

struct run {
        bool good;
        int exit_code; /* 0, 1, or -1: timed out */
        int64_t start_ns, end_ns;
        struct strbuf output;
};

static _Noreturn void run_command(const struct store *store, struct container *container,
                                  const struct health_probe *probe, int output_fd)
{
        AUTO_CLOSE int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        int stdio[3] = { null_fd, output_fd, output_fd };
        struct exec_options options = { .stdio = stdio,
                                        .timeout_ms = (int)(probe->timeout_ns / 1000000) };
        struct error err = { 0 };
        int code = 1;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (options.timeout_ms == 0)
                options.timeout_ms = 1;
        health_command(probe->test, &options.args);
        if (container_exec(store, container, &options, &code, &err) < 0)
                (void)fd_write_all(output_fd, err.text, strlen(err.text));
        if (code == EXEC_TIMED_OUT)
                _exit(RAN_TIMED_OUT);
        _exit(code == 0 && !err.text[0] ? RAN_GOOD : RAN_BAD);
}

/* The most that is asked for is kept, the rest is read and forgotten. */
static void take_output(int fd, struct strbuf *output)
{
        char data[4096];
        ssize_t n;

        while ((n = read(fd, data, sizeof(data))) > 0) {
                size_t room = output->max - output->len;

                strbuf_add(output, data, (size_t)n < room ? (size_t)n : room);
        }
}

/* Until the process has ended; one that is stuck is killed. */
static void follow(int pidfd, int output_fd, int64_t limit_ms, struct strbuf *output)
{
        int64_t end = clock_monotonic_ms() + limit_ms, left;
        bool ended = false, open = true;

        while (!ended && (left = end - clock_monotonic_ms()) > 0) {
                struct pollfd slots[] = { { .fd = pidfd, .events = POLLIN },
                                          { .fd = open ? output_fd : -1, .events = POLLIN } };

                if (poll(slots, ARRAY_SIZE(slots), (int)(left < 60000 ? left : 60000)) <= 0)
                        continue;
                if (slots[1].revents) {
                        take_output(output_fd, output);
                        open = slots[1].revents & POLLIN;
                }
                ended = slots[0].revents;
        }
        if (!ended)
                (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        take_output(output_fd, output);
}

static void read_result(pid_t pid, struct run *run)
{
        int status = 0;

        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        run->good = WIFEXITED(status) && WEXITSTATUS(status) == RAN_GOOD;
        if (!run->good)
                run->exit_code = WIFEXITED(status) && WEXITSTATUS(status) == RAN_BAD ? 1 : -1;
}

static int run_probe(const struct store *store, struct container *container,
                     const struct health_probe *probe, struct run *run, struct error *err)
{
        AUTO_CLOSE int pidfd = -1, output_fd = -1;
        int pair[2];
        pid_t pid;

        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        output_fd = pair[0];
        run->start_ns = clock_now_ns();
        pid = fork();
        if (pid == 0)
                run_command(store, container, probe, pair[1]);
        close(pair[1]);
        if (pid < 0)
                return error_sys(err, errno, "start the health check");
        (void)fd_set_nonblock(output_fd, true);
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd >= 0)
                follow(pidfd, output_fd, probe->timeout_ns / 1000000 + GRACE_MS, &run->output);
        read_result(pid, run);
        run->end_ns = clock_now_ns();
        return 0;
}

static void set_time(json_t *json, const char *key, int64_t ns)
{
        char text[CLOCK_TEXT_SIZE];

        clock_text(ns, text);
        json_set_string(json, key, text);
}

static json_t *log_entry(const struct run *run)
{
        json_t *json = json_object();

        set_time(json, "Start", run->start_ns);
        set_time(json, "End", run->end_ns);
        json_object_set_new(json, "ExitCode", json_integer(run->exit_code));
        json_set_string(json, "Output", run->output.data ? run->output.data : "");
        return json;
}

/* The log in a directory of the user's. Where it cannot be written the state still is. */
static void write_copy(const struct container *container, const struct health_config *config,
                       const struct health_state *state)
{
        AUTO_JSON json_t *json = NULL;
        AUTO_FREE char *name = NULL;
        AUTO_CLOSE int dir_fd = -1;

        if (strcmp(config->log_destination, "local") == 0)
                return;
        dir_fd = open(config->log_destination, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        name = xasprintf("%s-healthcheck.log", container->id);
        json = health_state_json(state);
        if (dir_fd >= 0)
                (void)json_write_file(dir_fd, name, json, 0600, NULL);
}

/* Is the run of the container that was checked over, or asked to be? Its end may not be recorded
 * yet. */
static bool over(struct container *container, int64_t started_ns)
{
        AUTO_CLOSE int pidfd = -1;
        struct pollfd slot;

        if (container_refresh(container, NULL) < 0 || container->state.started_ns != started_ns ||
            container->state.status != CONTAINER_RUNNING || container->state.stopping)
                return true;
        pidfd = (int)syscall(SYS_pidfd_open, container->state.pid, 0);
        slot = (struct pollfd){ .fd = pidfd, .events = POLLIN };
        return pidfd < 0 || poll(&slot, 1, 0) > 0;
}

static void keep(const struct store *store, struct container *container,
                 const struct health_config *config, const struct health_state *state, bool told)
{
        (void)health_state_write(container->dir_fd, container->state.started_ns, state, NULL);
        write_copy(container, config, state);
        if (told)
                container_health_event(store, container, health_status_name(state->status));
}

/* True: the action is due. */
static bool record(const struct store *store, struct container *container,
                   const struct health_config *config, const struct run *run, bool by_hand,
                   struct health_outcome *outcome)
{
        AUTO_CLOSE int lock = state_lock_health(container->dir_fd, NULL);
        int64_t started_ns = container->state.started_ns;
        bool ended = over(container, started_ns), stopped = ended && !run->good, due = false;
        struct health_state state;
        enum health_status before;

        health_state_read(container->dir_fd, started_ns, config, &state);
        before = state.status;
        if (stopped) {
                outcome->shown = state.status = HEALTH_STOPPED;
        } else {
                outcome->shown = run->good              ? HEALTH_HEALTHY
                                 : state.startup_passed ? HEALTH_UNHEALTHY
                                                        : HEALTH_STARTING;
                due = health_state_step(&state, config, run->good, started_ns, run->start_ns);
                health_state_log(&state, config, log_entry(run));
        }
        outcome->next_ns = health_state_delay(&state, config, started_ns, run->end_ns);
        /* What is being removed, or runs anew, is let alone. */
        if (lock >= 0 && container->state.started_ns == started_ns &&
            !(ended && container->spec.auto_remove))
                keep(store, container, config, &state, by_hand || state.status != before);
        if (state.status == HEALTH_HEALTHY && before != HEALTH_HEALTHY)
                notify_healthy(&container->spec);
        health_state_release(&state);
        return due && lock >= 0;
}

static int act(const struct store *store, struct container *container,
               const struct health_config *config, struct error *err)
{
        struct health_state state;
        bool restart;

        health_state_read(container->dir_fd, container->state.started_ns, config, &state);
        restart = state.restart;
        health_state_release(&state);
        if (restart)
                return container_stop_for_restart(store, container, err);
        if (strcmp(config->on_failure, "kill") == 0)
                return container_kill(store, container, SIGKILL, err) < 0 ||
                                       state_wait_end(container->dir_fd, KILL_MS, NULL, err) < 0
                               ? -1
                               : 0;
        return container_stop(store, container, -1, err);
}

static int check_runs(const struct container *container, struct error *err)
{
        if (container->state.status != CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE, "container %s is not running",
                                 container->spec.name);
        if (container->state.paused)
                return error_set(err, ERROR_STATE, "container %s is paused", container->spec.name);
        return 0;
}

static const struct health_probe *choose_probe(const struct container *container,
                                               const struct health_config *config)
{
        struct health_state state;
        bool passed;

        health_state_read(container->dir_fd, container->state.started_ns, config, &state);
        passed = state.startup_passed;
        health_state_release(&state);
        return passed ? &config->regular : &config->startup;
}

static int64_t usual_delay(const struct container *container, const struct health_config *config)
{
        int64_t ns = choose_probe(container, config)->interval_ns;

        return ns > 0 ? ns : -1;
}

int health_check(const struct store *store, struct container *container, bool by_hand,
                 struct health_outcome *outcome_out, struct error *err)
{
        struct health_config config;
        struct run run = { .output = { .max = HEALTH_LOG_SIZE_MAX } };
        struct health_outcome outcome = { 0 };
        bool due;

        if (container_reread(container, err) < 0)
                return -1;
        outcome_out->next_ns = -1;
        if (!health_config_of(&container->spec, &config))
                return error_set(err, ERROR_INVALID, "container %s has no defined healthcheck",
                                 container->spec.name);
        outcome_out->next_ns = usual_delay(container, &config);
        if (check_runs(container, err) < 0)
                return -1;
        if (config.log_size > 0 && config.log_size < HEALTH_LOG_SIZE_MAX)
                run.output.max = (size_t)config.log_size;
        if (run_probe(store, container, choose_probe(container, &config), &run, err) < 0) {
                strbuf_release(&run.output);
                return -1;
        }
        due = record(store, container, &config, &run, by_hand, &outcome);
        strbuf_release(&run.output);
        *outcome_out = outcome;
        return due ? act(store, container, &config, err) : 0;
}
