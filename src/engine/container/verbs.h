/* What can be done to a container. Each verb takes the container's change lock for as long as it
 * changes it, so that two commands do not race.
 */
#ifndef KELP_ENGINE_CONTAINER_VERBS_H
#define KELP_ENGINE_CONTAINER_VERBS_H

#include "base/error.h"
#include "engine/container/container.h"

/* Send a signal to the container's init. ERROR_STATE unless running. */
int container_kill(const struct store *store, struct container *container, int signal,
                   struct error *err);

/* Stop signal, wait timeout seconds (negative: the container's own), SIGKILL. A container that is
 * not running is fine. */
int container_stop(const struct store *store, struct container *container, int timeout,
                   struct error *err);

/* The same for a container that is to be started again: its restarting goes on. */
int container_stop_for_restart(const struct store *store, struct container *container,
                               struct error *err);

/* Freeze / thaw all its processes. ERROR_STATE unless it runs and is not paused / is paused. */
int container_pause(const struct store *store, struct container *container, struct error *err);
int container_unpause(const struct store *store, struct container *container, struct error *err);

/* Block until it is not running; its exit code. */
int container_wait(const struct store *store, struct container *container, int *exit_code_out,
                   struct error *err);

/* Remove one that does not run (container_stop() it before); a running one is ERROR_STATE. One
 * that --rm has removed by now is fine; an infra container that has a pod is ERROR_IN_USE. This
 * process is in the user namespace. */
int container_remove(const struct store *store, struct container *container, struct error *err);

/* Look again until it runs or no monitor is alive: another command may be starting it, or its
 * monitor be tidying up after its end. While state_lock_change() is held, no other start follows.
 */
int container_settle(struct container *container, struct error *err);

/* The same as container_remove(), which that lock keeps from being started again. */
int container_remove_held(const struct store *store, struct container *container,
                          struct error *err);

/* Print the log to standard output and standard error as the container wrote it. */
struct log_options {
        bool follow;                /* until the container ends */
        bool timestamps;            /* -t: RFC 3339 in front of each line */
        long long tail;             /* last n lines, -1: all */
        int64_t since_ns, until_ns; /* CLOCK_REALTIME, 0: no bound */
        const char *prefix;         /* in front of each line, or NULL */
        const char *color;          /* of the prefix: a terminal's sequence, or NULL */
};
int container_logs(const struct container *container, const struct log_options *options,
                   struct error *err);

#endif
