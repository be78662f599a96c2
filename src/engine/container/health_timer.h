/* The monitor's part of health checks: when one is due, a process that does it. */
#ifndef KELP_ENGINE_CONTAINER_HEALTH_TIMER_H
#define KELP_ENGINE_CONTAINER_HEALTH_TIMER_H

#include "engine/container/container.h"
#include "engine/monitor/monitor.h"

struct health_timer {
        const struct store *store;
        struct container *container;
        pid_t checker; /* a check is under way; 0: none */
};

/* The monitor's timer (monitor_request); without a check one that is never called. */
struct monitor_timer health_timer_of(struct health_timer *health);

#endif
