/* How healthy a container is: the state machine, and containers/ID/health, its file.
 *
 * A container that starts is "starting". A check that succeeds makes it "healthy" and ends a streak
 * of failures; a failure during the start period counts for nothing; after so many in a row as the
 * configuration has retries it is "unhealthy". Startup checks come first, if there are any: until
 * enough of them have succeeded it stays "starting". One that was ended during a check is
 * "stopped".
 */
#ifndef KELP_ENGINE_CONTAINER_HEALTH_STATE_H
#define KELP_ENGINE_CONTAINER_HEALTH_STATE_H

#include "engine/container/container.h"
#include "engine/container/health.h"

enum health_status {
        HEALTH_STARTING,
        HEALTH_HEALTHY,
        HEALTH_UNHEALTHY,
        HEALTH_STOPPED,
        HEALTH_STATUS_COUNT,
};

struct health_state {
        enum health_status status;
        int streak;          /* failures in a row */
        bool startup_passed; /* or there are no startup checks */
        int startup_good, startup_bad;
        bool restart; /* it is to be restarted: its end is no end */
        json_t *log;  /* the last checks, oldest first: Start, End, ExitCode, Output */
};

#define HEALTH_STATE_EMPTY ((struct health_state){ .status = HEALTH_STARTING })

void health_state_release(struct health_state *state);

/* "starting", "healthy", "unhealthy", "stopped" */
const char *health_status_name(enum health_status status);

/* One check's result, at now_ns (CLOCK_REALTIME) of a run that began at started_ns. True: what is
 * to be done on failure is due. Sets `restart` when that, or the startup checks, ask for one. */
bool health_state_step(struct health_state *state, const struct health_config *config, bool good,
                       int64_t started_ns, int64_t now_ns);

/* Nanoseconds until the next check; -1: there is none but by hand. */
int64_t health_state_delay(const struct health_state *state, const struct health_config *config,
                           int64_t started_ns, int64_t now_ns);

/* A line for the log; the oldest make room. Takes over entry. */
void health_state_log(struct health_state *state, const struct health_config *config,
                      json_t *entry);

/* Of the run that began at started_ns; a file of another run, or none, is a fresh state. The file
 * is replaced in one step. */
void health_state_read(int dir_fd, int64_t started_ns, const struct health_config *config,
                       struct health_state *state_out);
int health_state_write(int dir_fd, int64_t started_ns, const struct health_state *state,
                       struct error *err);

/* podman's object: Status, FailingStreak, Log. */
json_t *health_state_json(const struct health_state *state);

/* For the lists: the status by name, "" where there is no check. dir_fd: the container's. */
const char *health_of(const struct container *container);

/* Has a check ended this container so that it is started again? */
bool health_asks_restart(const struct container *container);

#endif
