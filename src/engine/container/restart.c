/* Restart policies (podman-run(1), --restart), kept by the monitor.
 *
 * An end is recorded as any other: whoever waits is told, the lock that means "running" is let go.
 * Then the monitor, instead of ending, waits: 100 ms, twice as long after each start, at most a
 * minute; a run of ten seconds begins anew. Meanwhile the container is what it looks like, one
 * that has ended: it can be started, changed or removed by anybody. So when the time is over the
 * monitor takes the change lock, as a command would, reads everything again, and goes on only if
 * the container is there, has not been started since, and its policy still asks for it. It keeps
 * the change lock until the state says "running", so that a stop comes either before or after.
 *
 * `stopped` in the container's directory means that a user has ended it (podman's StoppedByUser):
 * stop and kill make the file before the signal, a start by hand removes it. Changes in the
 * directory wake the monitor (inotify(7)), so that it goes as soon as it is not needed. A monitor
 * that is killed does not restart anything, nor does one whose start fails: the state has why.
 *
 * A health check can ask for a restart too (health_state.h), whatever the policy.
 */
#include "engine/container/restart.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/trim.h"
#include "engine/container/health_state.h"
#include "engine/container/state.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 1000 /* without inotify */

static const char *const policies[] = { "no", "always", "unless-stopped", "on-failure" };

static int parse_retries(const char *text, int *retries_out, struct error *err)
{
        char *end;
        long number = strtol(text, &end, 10);

        if (*end || end == text || number < 0 || number > RESTART_RETRIES_MAX)
                return error_set(err, ERROR_USAGE,
                                 "restart policy on-failure:%s: not a number of retries", text);
        *retries_out = (int)number;
        return 0;
}

static const char *known_policy(const char *text, size_t len)
{
        if (len == 0 || (len == 4 && strncmp(text, "none", len) == 0) ||
            (len == 5 && strncmp(text, "never", len) == 0))
                return "no";
        for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
                if (strlen(policies[i]) == len && strncmp(policies[i], text, len) == 0)
                        return policies[i];
        return NULL;
}

int restart_policy_parse(const char *text, struct container_spec *spec, struct error *err)
{
        size_t len = strcspn(text, ":");
        const char *name = known_policy(text, len);
        int retries = 0;

        if (!name) {
                error_set(err, ERROR_USAGE, "\"%s\" is not a valid restart policy", text);
                return error_cure(err, "it is no, always, unless-stopped or on-failure[:RETRIES]");
        }
        if (text[len] && strcmp(name, "on-failure") != 0)
                return error_set(err, ERROR_USAGE,
                                 "restart policy %s: only on-failure has a number of retries",
                                 text);
        if (text[len] && parse_retries(text + len + 1, &retries, err) < 0)
                return -1;
        free(spec->restart_policy);
        spec->restart_policy = strcmp(name, "no") == 0 ? NULL : xstrdup(name);
        spec->restart_retries = retries;
        return 0;
}

const char *restart_policy_name(const struct container_spec *spec)
{
        return spec->restart_policy ? spec->restart_policy : "no";
}

bool restart_wanted(const struct container_spec *spec, int exit_code, int count)
{
        const char *policy = restart_policy_name(spec);

        if (strcmp(policy, "on-failure") == 0)
                return exit_code != 0 &&
                       (spec->restart_retries == 0 || count < spec->restart_retries);
        return strcmp(policy, "always") == 0 || strcmp(policy, "unless-stopped") == 0;
}

bool restart_possible(const struct container_spec *spec)
{
        return spec->restart_policy || health_restarts(spec);
}

int restart_next_delay(int delay_ms, int64_t ran_ns)
{
        if (delay_ms < RESTART_DELAY_MIN_MS || ran_ns >= RESTART_SETTLED_NS)
                return RESTART_DELAY_MIN_MS;
        return delay_ms > RESTART_DELAY_MAX_MS / 2 ? RESTART_DELAY_MAX_MS : delay_ms * 2;
}

void restart_mark_stopped(const struct container *container)
{
        int fd = openat(container->dir_fd, "stopped", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        if (fd >= 0)
                close(fd);
}

int restart_forbid(struct container *container, struct error *err)
{
        AUTO_CLOSE int change = -1;

        if (!restart_possible(&container->spec)) {
                if (container->state.status == CONTAINER_RUNNING && !container->spec.auto_remove)
                        restart_mark_stopped(container);
                return 0;
        }
        change = state_lock_change(container->dir_fd, err);
        if (change < 0)
                return -1;
        restart_mark_stopped(container);
        return container_refresh(container, err);
}

void restart_allow(const struct container *container)
{
        if (container->state.started_ns != 0 || restart_possible(&container->spec))
                (void)unlinkat(container->dir_fd, "stopped", 0);
}

bool restart_was_stopped(const struct container *container)
{
        return faccessat(container->dir_fd, "stopped", F_OK, 0) == 0;
}

/* Reads it again by its ID: a removed one has its directory elsewhere. */
static bool due(const struct store *store, struct container *container)
{
        struct container now = CONTAINER_EMPTY;
        bool same;

        if (container_lookup(store, container->id, &now, NULL) < 0)
                return false;
        same = now.state.status == CONTAINER_EXITED && !now.stopped_by_user &&
               now.state.finished_ns == container->state.finished_ns &&
               (restart_wanted(&now.spec, now.state.exit_code, now.state.restarts) ||
                health_asks_restart(&now));
        if (!same) {
                container_release(&now);
                return false;
        }
        container_release(container);
        *container = now;
        return true;
}

/* -1: it cannot be had. */
static int watch(const struct container *container)
{
        AUTO_CLOSE int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        AUTO_FREE char *path = xasprintf("/proc/self/fd/%d", container->dir_fd);

        if (fd < 0 ||
            inotify_add_watch(fd, path, IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF) <
                    0)
                return -1;
        return take_fd(&fd);
}

static void wait_for_change(int watch_fd, int64_t left_ms)
{
        char events[4096];
        struct pollfd slot = { .fd = watch_fd, .events = POLLIN };

        if (watch_fd < 0 && left_ms > LOOK_MS)
                left_ms = LOOK_MS;
        if (poll(&slot, 1, (int)left_ms) > 0)
                while (read(watch_fd, events, sizeof(events)) > 0)
                        ;
}

bool restart_await(const struct store *store, struct container *container, int delay_ms,
                   int *change_out)
{
        AUTO_CLOSE int watch_fd = -1, change = -1;
        int64_t end = clock_monotonic_ms() + delay_ms, left;

        if (!due(store, container))
                return false;
        watch_fd = watch(container);
        trim_memory();
        while ((left = end - clock_monotonic_ms()) > 0) {
                if (!due(store, container))
                        return false;
                wait_for_change(watch_fd, left);
        }
        change = state_lock_change(container->dir_fd, NULL);
        if (change < 0 || !due(store, container))
                return false;
        *change_out = take_fd(&change);
        return true;
}
