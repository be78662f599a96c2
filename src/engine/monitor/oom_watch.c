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
#include "engine/runtime/cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#define REST_MS 1000

void oom_watch_open(struct oom_watch *watch, int cgroup_fd)
{
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
        return watch->rest_ms >= 0 ? -1 : watch->fd;
}

bool oom_watch_look(struct oom_watch *watch)
{
        char text[512];
        ssize_t n = pread(watch->fd, text, sizeof(text) - 1, 0);
        uint64_t kills;

        if (n <= 0) { /* the cgroup is gone */
                oom_watch_close(watch);
                return false;
        }
        text[n] = '\0';
        kills = cgroup_oom_count(text);
        if (kills <= watch->kills) {
                watch->rest_ms = clock_monotonic_ms() + REST_MS;
                return false;
        }
        watch->kills = kills;
        return true;
}

IDLE_CODE void oom_watch_wake(struct oom_watch *watch)
{
        if (watch->rest_ms >= 0 && clock_monotonic_ms() >= watch->rest_ms)
                watch->rest_ms = -1;
}
