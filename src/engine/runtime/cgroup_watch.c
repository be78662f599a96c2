/* Notices of a cgroup. See cgroup_watch.h.
 *
 * Whoever wants to know watches: nothing is watched when nobody asks, and no limit is ever changed
 * for it (memory.high would tell of use, and slow the container down).
 *
 *     oom       memory.events: the kernel wakes poll(2) at each change, oom_kill is the counter
 *     memory    no file wakes anybody; memory.current is read each time the caller looks. What
 *               counts is the use that `kelp stats` shows: without the file cache that the kernel
 *               would drop first, or every container that reads much would seem full
 *     pressure  a trigger, written to RESOURCE.pressure: the kernel wakes poll(2) when the stalls
 *               of a window reach the threshold, at most once a window
 *
 * Triggers of users without CAP_SYS_RESOURCE: Linux 6.6.3 lets them have windows of 2, 4, 6, 8 and
 * 10 seconds, before that none. The first look that the kernel takes for such a trigger counts
 * stalls from before it was made (seen up to 6.18: the window begins at the total of the privileged
 * triggers, which is another one), so what it says is compared with the growth of `total`.
 */
#include "engine/runtime/cgroup_watch.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strv.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/cgroup_apply.h"
#include "engine/runtime/cgroup_stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHORT_FILE 512 /* memory.events, RESOURCE.pressure */

void cgroup_watch_release(struct cgroup_watch *watch)
{
        if (watch->fd >= 0)
                close(watch->fd);
        *watch = CGROUP_WATCH_EMPTY;
}

/* A file of the memory controller is not there. */
static int no_memory(int cgroup_fd, const struct cgroup_notice *notice, struct error *err)
{
        AUTO_CLOSE int above = openat(cgroup_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO(strv) present = { 0 };

        error_set(err, ERROR_UNSUPPORTED,
                  "\"%s\" cannot be noticed: the cgroup controller \"memory\" is not available to "
                  "the container",
                  notice->text);
        if (above >= 0 && cgroup_read_words(above, "cgroup.controllers", &present) &&
            strv_contains(&present, "memory"))
                return error_cure(err, "run the container with a memory limit, which brings it: "
                                       "kelp run --memory 512m ...");
        return cgroup_cure("memory", err);
}

static int open_oom(struct cgroup_watch *watch, struct error *err)
{
        watch->fd = openat(watch->cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);
        return watch->fd < 0 ? no_memory(watch->cgroup_fd, watch->notice, err) : 0;
}

static int open_memory(struct cgroup_watch *watch, struct error *err)
{
        uint64_t limit;

        if (!cgroup_memory_limit(watch->cgroup_fd, &limit))
                return no_memory(watch->cgroup_fd, watch->notice, err);
        if (watch->notice->percent == 0 || limit != CGROUP_NO_LIMIT)
                return 0;
        error_set(err, ERROR_INVALID,
                  "\"%s\" cannot be noticed: the container has no memory limit to be full",
                  watch->notice->text);
        return error_cure(err, "give a size (memory:200m), or the container a limit: kelp update "
                               "--memory 512m ...");
}

/* Of the line "some ..." or "full ...", what stands behind total=. */
static bool read_stalled(const struct cgroup_watch *watch, uint64_t *stalled_out)
{
        char text[SHORT_FILE];
        ssize_t n = pread(watch->fd, text, sizeof(text) - 1, 0);
        const char *line = text, *total;

        if (n <= 0)
                return false;
        text[n] = '\0';
        if (watch->notice->full)
                line = strstr(text, "full ");
        total = line ? strstr(line, "total=") : NULL;
        if (!total)
                return false;
        *stalled_out = strtoull(total + strlen("total="), NULL, 10);
        return true;
}

static int no_trigger(const struct cgroup_watch *watch, int why, struct error *err)
{
        const struct cgroup_notice *notice = watch->notice;

        if (why == EINVAL) {
                error_set(err, ERROR_INVALID,
                          "\"%s\" cannot be noticed: the kernel refuses a window of %g s without "
                          "CAP_SYS_RESOURCE",
                          notice->text, notice->window_us / 1e6);
                return error_cure(err, "windows of 2s, 4s, 6s, 8s and 10s are for everybody");
        }
        if (why == EPERM) {
                error_set(err, ERROR_UNSUPPORTED,
                          "\"%s\" cannot be noticed: this kernel tells pressure only with "
                          "CAP_SYS_RESOURCE",
                          notice->text);
                return error_cure(err, "Linux 6.6.3 and newer tell everybody");
        }
        if (why != ENOENT && why != EOPNOTSUPP)
                return error_sys(err, why, "\"%s\" cannot be noticed: %s.pressure", notice->text,
                                 notice->resource);
        error_set(err, ERROR_UNSUPPORTED,
                  "\"%s\" cannot be noticed: this kernel keeps no account of the pressure of "
                  "cgroups (%s.pressure)",
                  notice->text, notice->resource);
        return error_cure(err, "boot with psi=1");
}

static int open_pressure(struct cgroup_watch *watch, struct error *err)
{
        const struct cgroup_notice *notice = watch->notice;
        char file[32], trigger[64];
        int len;

        snprintf(file, sizeof(file), "%s.pressure", notice->resource);
        watch->fd = openat(watch->cgroup_fd, file, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (watch->fd < 0)
                return no_trigger(watch, errno, err);
        len = snprintf(trigger, sizeof(trigger), "%s %u %u", notice->full ? "full" : "some",
                       notice->stall_us, notice->window_us);
        (void)read_stalled(watch, &watch->stalled_us);
        /* The terminating NUL belongs to it. */
        return write(watch->fd, trigger, (size_t)len + 1) < 0 ? no_trigger(watch, errno, err) : 0;
}

int cgroup_watch_open(int cgroup_fd, const struct cgroup_notice *notice,
                      struct cgroup_watch *watch_out, struct error *err)
{
        static int (*const openers[])(struct cgroup_watch *, struct error *) = {
                [NOTICE_OOM] = open_oom,
                [NOTICE_MEMORY] = open_memory,
                [NOTICE_PRESSURE] = open_pressure,
        };
        struct cgroup_watch watch = { .notice = notice, .cgroup_fd = cgroup_fd, .fd = -1 };

        if (openers[notice->kind](&watch, err) < 0) {
                cgroup_watch_release(&watch);
                return -1;
        }
        *watch_out = watch;
        return 0;
}

static bool oom_met(const struct cgroup_watch *watch, uint64_t *value)
{
        char text[SHORT_FILE];
        ssize_t n = pread(watch->fd, text, sizeof(text) - 1, 0); /* takes poll's notice, too */

        text[n > 0 ? n : 0] = '\0';
        *value = cgroup_oom_count(text);
        return *value > 0;
}

static bool memory_met(const struct cgroup_watch *watch, uint64_t *value)
{
        const struct cgroup_notice *notice = watch->notice;
        uint64_t limit, threshold = notice->bytes;

        if (notice->percent) { /* the limit may have been changed since */
                if (!cgroup_memory_limit(watch->cgroup_fd, &limit) || limit == CGROUP_NO_LIMIT)
                        return false;
                threshold = limit / 100 * notice->percent + limit % 100 * notice->percent / 100;
        }
        return cgroup_memory_use(watch->cgroup_fd, threshold, value) && *value >= threshold;
}

static bool pressure_met(struct cgroup_watch *watch, uint64_t *value)
{
        uint64_t total;

        if (!read_stalled(watch, &total))
                return false;
        *value = total - watch->stalled_us;
        watch->stalled_us = total;
        return *value >= watch->notice->stall_us;
}

bool cgroup_watch_met(struct cgroup_watch *watch, bool told, uint64_t *value_out)
{
        uint64_t value = 0;
        bool met = false;

        if (watch->notice->kind == NOTICE_OOM)
                met = oom_met(watch, &value);
        else if (watch->notice->kind == NOTICE_MEMORY)
                met = memory_met(watch, &value);
        else if (told)
                met = pressure_met(watch, &value);
        if (value_out)
                *value_out = value;
        return met;
}
