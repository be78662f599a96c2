/* Events of containers (state/events.h). */
#ifndef KELP_ENGINE_CONTAINER_CONTAINER_EVENT_H
#define KELP_ENGINE_CONTAINER_CONTAINER_EVENT_H

#include "engine/container/container.h"
#include "engine/state/events.h"

/* statuses ends with NULL; all are written at once. exit_code: NULL but for "died". */
void container_events(const struct store *store, const struct container *container,
                      const char *const *statuses, const int *exit_code);

/* "health_status", with what it is now. */
void container_health_event(const struct store *store, const struct container *container,
                            const char *health);

/* "oom", with how many processes of this run were killed up to now. */
void container_oom_event(const struct store *store, const struct container *container,
                         uint64_t kills);

void container_event(const struct store *store, const struct container *container,
                     const char *status);

#endif
