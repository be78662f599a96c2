/* OOM kills in a container's cgroup. See oom_watch.h.
 *
 * memory.events wakes poll(2) at each change since it was last read. It changes too whenever the
 * container comes up against its limit, which one that fills its file cache does all the time; so
 * after a look that showed no kill the file is let alone for REST_MS. What came meanwhile is still
 * there then, and whoever records the end counts once more. Nothing is allocated.
 */
#include "engine/monitor/oom_watch.h"

#include "base/clock.h"
#include "base/trim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REST_MS 1000

void oom_watch_open(struct oom_watch *watch, int cgroup_fd)
{
        if (watch->tried)
                return;
        watch->tried = true;
        if (cgroup_fd >= 0)
                watch->fd = openat(cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);
}

void oom_watch_close(struct oom_watch *watch)
{
        if (watch->fd >= 0)
                close(watch->fd);
        watch->fd = -1;
}

IDLE_CODE int oom_watch_slot(const struct oom_watch *watch)
{
        return watch->rest_ms ? -1 : watch->fd;
}

bool oom_watch_look(struct oom_watch *watch)
{
        char text[512];
        ssize_t n = pread(watch->fd, text, sizeof(text) - 1, 0);
        const char *line;
        uint64_t kills;

        if (n <= 0) { /* the cgroup is gone */
                oom_watch_close(watch);
                return false;
        }
        text[n] = '\0';
        line = strstr(text, "\noom_kill ");
        kills = line ? strtoull(line + strlen("\noom_kill "), NULL, 10) : 0;
        if (kills <= watch->kills) {
                watch->rest_ms = clock_monotonic_ms() + REST_MS;
                return false;
        }
        watch->kills = kills;
        return true;
}

IDLE_CODE int oom_watch_patience(const struct oom_watch *watch, int wait_ms)
{
        return watch->rest_ms && (wait_ms < 0 || wait_ms > REST_MS) ? REST_MS : wait_ms;
}

IDLE_CODE bool oom_watch_rests(struct oom_watch *watch)
{
        bool rests = watch->rest_ms != 0;

        if (rests && clock_monotonic_ms() >= watch->rest_ms)
                watch->rest_ms = 0;
        return rests;
}
