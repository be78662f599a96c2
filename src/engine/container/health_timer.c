/* Health checks on the monitor's timer. See health_timer.h.
 *
 * The monitor stays small and never waits: a check is a process forked from it, which closes all of
 * the monitor's descriptors but the store's, runs the check (health_check.c) and answers on a pipe
 * with the time until the next one, then ends. What was changed by `kelp update` counts from the
 * next check on, because that process reads the spec again. One that dies without an answer is
 * followed by another after the usual interval.
 */
#include "engine/container/health_timer.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/health_check.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FALLBACK_NS (30 * HEALTH_SECOND_NS)

/* The last check of a run that ended meanwhile: it is on its way out when the next run is checked.
 * 0: none. */
static pid_t left_behind;

static _Noreturn void check(const struct health_timer *health, int answer_fd)
{
        int keep[] = { health->store->root_fd, health->store->run_fd, health->container->dir_fd,
                       answer_fd };
        struct health_outcome outcome = { .next_ns = FALLBACK_NS };

        fd_close_except(keep, ARRAY_SIZE(keep));
        (void)health_check(health->store, health->container, false, &outcome, NULL);
        (void)!write(answer_fd, &outcome.next_ns, sizeof(outcome.next_ns));
        _exit(0);
}

static void start_check(struct health_timer *health, struct monitor_timer *timer)
{
        int pair[2];
        pid_t pid;

        if (left_behind)
                (void)waitpid(left_behind, NULL, WNOHANG);
        left_behind = 0;
        timer->wait_ms = FALLBACK_NS / 1000000;
        if (pipe2(pair, O_CLOEXEC) < 0)
                return;
        pid = fork();
        if (pid == 0)
                check(health, pair[1]);
        close(pair[1]);
        if (pid < 0) {
                close(pair[0]);
                return;
        }
        health->checker = left_behind = pid;
        timer->fd = pair[0];
        timer->wait_ms = -1;
}

static void end_check(struct health_timer *health, struct monitor_timer *timer)
{
        int64_t next_ns = FALLBACK_NS;

        if (read(timer->fd, &next_ns, sizeof(next_ns)) != sizeof(next_ns))
                next_ns = FALLBACK_NS;
        close(take_fd(&timer->fd));
        while (waitpid(health->checker, NULL, 0) < 0 && errno == EINTR)
                ;
        health->checker = left_behind = 0;
        timer->wait_ms = next_ns < 0 ? -1 : next_ns / 1000000;
}

static void tick(struct monitor_timer *timer)
{
        struct health_timer *health = timer->data;

        if (health->checker)
                end_check(health, timer);
        else
                start_check(health, timer);
}

struct monitor_timer health_timer_of(struct health_timer *health)
{
        struct monitor_timer timer = MONITOR_TIMER_NONE;
        struct health_config config;

        if (!health_config_of(&health->container->spec, &config))
                return timer;
        timer.tick = tick;
        timer.data = health;
        if ((config.startup.test ? config.startup : config.regular).interval_ns > 0)
                timer.wait_ms = 0;
        return timer;
}
