/* One health check: the command is run in the container, its result recorded, and what is to be
 * done on failure is done. */
#ifndef KELP_ENGINE_CONTAINER_HEALTH_CHECK_H
#define KELP_ENGINE_CONTAINER_HEALTH_CHECK_H

#include "engine/container/health_state.h"

struct health_outcome {
        enum health_status shown; /* of this check: healthy, unhealthy, starting, stopped */
        int64_t next_ns;          /* until the next one by the timer, -1: none */
};

/* Blocks for as long as the check takes, at most its timeout and a moment. by_hand: an event is
 * written whatever comes of it, else only when the status changes. ERROR_STATE: it does not run;
 * ERROR_INVALID: it has no check. next_ns is set in these cases too. */
int health_check(const struct store *store, struct container *container, bool by_hand,
                 struct health_outcome *outcome_out, struct error *err);

#endif
