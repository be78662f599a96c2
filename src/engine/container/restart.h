/* Restart policies: whether a container that ended is started again, and when. */
#ifndef KELP_ENGINE_CONTAINER_RESTART_H
#define KELP_ENGINE_CONTAINER_RESTART_H

#include "base/error.h"
#include "engine/container/container.h"

#define RESTART_DELAY_MIN_MS 100
#define RESTART_DELAY_MAX_MS 60000
#define RESTART_SETTLED_NS   10000000000LL /* a run of this length begins the delays anew */
#define RESTART_RETRIES_MAX  1000000000

/* "no" (also "never", "none", ""), "always", "unless-stopped", "on-failure", "on-failure:N". N
 * counts restarts, 0: without end. ERROR_USAGE otherwise. */
int restart_policy_parse(const char *text, struct container_spec *spec, struct error *err);

/* "no", "always", ... */
const char *restart_policy_name(const struct container_spec *spec);

/* Does the policy ask for a start, after `count` restarts and this end? */
bool restart_wanted(const struct container_spec *spec, int exit_code, int count);

/* By its policy, or by its health check? */
bool restart_possible(const struct container_spec *spec);

/* The delay after the one before (0: none) and a run of this length. */
int restart_next_delay(int delay_ms, int64_t ran_ns);

/* A user's stop or kill ends restarting until the next start by hand: a file says so. With a policy
 * restart_forbid() waits for a restart under way. */
int restart_forbid(struct container *container, struct error *err);
void restart_mark_stopped(const struct container *container);
void restart_allow(const struct container *container);

/* Is the file there? The container comes from container_lookup(). */
bool restart_was_stopped(const struct container *container);

/* For the monitor of a container that has ended and is recorded: wait delay_ms, or until it is not
 * to be started any more. true: it is; *container is read again and *change_out holds its change
 * lock. */
bool restart_await(const struct store *store, struct container *container, int delay_ms,
                   int *change_out);

#endif
