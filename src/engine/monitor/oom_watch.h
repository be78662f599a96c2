/* The monitor's look-out for processes that the kernel kills for want of memory. */
#ifndef KELP_ENGINE_MONITOR_OOM_WATCH_H
#define KELP_ENGINE_MONITOR_OOM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct oom_watch {
        int fd;          /* memory.events, -1: not watched */
        uint64_t kills;  /* known so far */
        int64_t rest_ms; /* until then (CLOCK_MONOTONIC) it is not polled; -1: it is */
};

#define OOM_WATCH_NONE ((struct oom_watch){ .fd = -1, .rest_ms = -1 })

/* cgroup_fd -1 and a cgroup without the memory controller are fine. */
void oom_watch_open(struct oom_watch *watch, int cgroup_fd);
void oom_watch_close(struct oom_watch *watch);

/* What poll(2) takes for POLLPRI, or -1. */
int oom_watch_slot(const struct oom_watch *watch);

/* poll(2) said POLLPRI. Were there further kills? */
bool oom_watch_look(struct oom_watch *watch);

/* After each poll(2), which is to end at rest_ms at the latest. */
void oom_watch_wake(struct oom_watch *watch);

#endif
