/* Being told what happens in a cgroup: processes killed for want of memory, memory in use above a
 * threshold, stalls (pressure). */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_WATCH_H
#define KELP_ENGINE_RUNTIME_CGROUP_WATCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum cgroup_notice_kind { NOTICE_OOM, NOTICE_MEMORY, NOTICE_PRESSURE };

/* What is to be noticed; plain data. */
struct cgroup_notice {
        enum cgroup_notice_kind kind;
        const char *text;     /* as the user wrote it, for errors; borrowed */
        unsigned percent;     /* NOTICE_MEMORY: of memory.max; 0: `bytes` */
        uint64_t bytes;       /* NOTICE_MEMORY */
        const char *resource; /* NOTICE_PRESSURE: "cpu", "io", "memory" */
        bool full;            /* NOTICE_PRESSURE: all its processes stall, not some */
        uint32_t stall_us, window_us;
};

#define NOTICE_WINDOW_MAX_US 10000000 /* the kernel's (Documentation/accounting/psi.rst) */

struct cgroup_watch {
        const struct cgroup_notice *notice; /* borrowed */
        int cgroup_fd;                      /* borrowed */
        int fd; /* poll(2) says POLLPRI of it when something may have happened; -1: it is to be
                 * looked at from time to time */
        uint64_t stalled_us; /* NOTICE_PRESSURE: in total, when last looked at */
};

#define CGROUP_WATCH_EMPTY ((struct cgroup_watch){ .cgroup_fd = -1, .fd = -1 })

/* notice and cgroup_fd are to stay. ERROR_UNSUPPORTED: a controller is not there, or the kernel
 * tells no pressure, or not to us; ERROR_INVALID: a percentage where there is no limit, a window
 * that the kernel refuses. The sentence names the file or controller, and the cure. */
int cgroup_watch_open(int cgroup_fd, const struct cgroup_notice *notice,
                      struct cgroup_watch *watch_out, struct error *err);
void cgroup_watch_release(struct cgroup_watch *watch);

/* Is it so? told: poll(2) said POLLPRI. value_out (may be NULL): how many kills, bytes in use,
 * microseconds stalled since the last look. An OOM kill stays so for as long as the cgroup is
 * there. False when the cgroup is gone. */
bool cgroup_watch_met(struct cgroup_watch *watch, bool told, uint64_t *value_out);

#endif
