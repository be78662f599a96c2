/* A container's health check (podman-run(1), --health-*): what is asked for.
 *
 * The spec's member `health` is a JSON object under the keys of the image format ("Healthcheck" of
 * docker's configuration: Test, Interval, Timeout, StartPeriod, StartInterval, Retries; spans in
 * nanoseconds) and podman's: Startup (an object of Test, Interval, Timeout, Retries, Successes),
 * OnFailure, LogDestination, LogCount, LogSize. NULL: there is no check, and nothing is done.
 *
 *     health.c        the configuration (this file)
 *     health_state.c  the state machine and its file
 *     health_check.c  one check, recorded, with what follows from it
 *     health_timer.c  the monitor's part: when
 */
#ifndef KELP_ENGINE_CONTAINER_HEALTH_H
#define KELP_ENGINE_CONTAINER_HEALTH_H

#include "base/error.h"
#include "engine/container/spec.h"

#define HEALTH_SECOND_NS     ((int64_t)1000000000)
#define HEALTH_LOG_COUNT     5
#define HEALTH_LOG_SIZE      500
#define HEALTH_LOG_COUNT_MAX 200   /* entries kept at most, also with "no limit" */
#define HEALTH_LOG_SIZE_MAX  65536 /* bytes of output kept of one check, likewise */

/* Of the regular checks, or of the startup checks. */
struct health_probe {
        const json_t *test;  /* ["CMD", ...] or ["CMD-SHELL", "..."]; borrowed; NULL: none */
        int64_t interval_ns; /* 0: only by hand */
        int64_t timeout_ns;
        int retries;   /* failures in a row; startup: 0, never restarted */
        int successes; /* of startup: so many until it has passed; at least 1 */
};

struct health_config {
        struct health_probe regular, startup;
        int64_t start_period_ns, start_interval_ns; /* 0: none */
        const char *on_failure;                     /* "none", "kill", "restart", "stop" */
        const char *log_destination;                /* "local", or a directory */
        int log_count, log_size;                    /* as asked for, 0: no limit */
};

/* With every default filled in. False: there is no check. *config_out borrows from the spec. */
bool health_config_of(const struct container_spec *spec, struct health_config *config_out);

/* What the user said, filled up with the image's; --health-cmd leaves nothing of the image's.
 * ERROR_INVALID: something is asked of a check that is not there. */
int health_merge(struct container_spec *spec, const json_t *image_config, struct error *err);

/* Can it ask for a restart of its own? */
bool health_restarts(const struct container_spec *spec);

/* The command line of a Test, for exec. */
void health_command(const json_t *test, struct strv *args);

#endif
