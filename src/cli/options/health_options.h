/* The options of run, create and update about health checks. */
#ifndef KELP_CLI_OPTIONS_HEALTH_OPTIONS_H
#define KELP_CLI_OPTIONS_HEALTH_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct health_args {
        const char *cmd, *interval, *timeout, *start_period, *start_interval;
        const char *on_failure, *log_destination;
        struct opt_int retries, log_count, log_size;
        const char *startup_cmd, *startup_interval, *startup_timeout;
        struct opt_int startup_retries, startup_success;
        bool none;
};

/* `at` is the member of OPT_ARGS that is a struct health_args. */
#define HEALTH_OPTIONS(at)                                                                         \
        OPT_STR_IN("Health checks", 0, "health-cmd", at.cmd, "COMMAND",                            \
                   "Check with this, a shell's line or a JSON array; none: not at all"),           \
                OPT_STR_IN("Health checks", 0, "health-interval", at.interval, "SPAN",             \
                           "Time between checks (30s); disable: only by hand"),                    \
                OPT_STR_IN("Health checks", 0, "health-timeout", at.timeout, "SPAN",               \
                           "A check that takes longer is killed and has failed (30s)"),            \
                OPT_INT_IN("Health checks", 0, "health-retries", at.retries, "NUMBER",             \
                           "Failures in a row that make it unhealthy (3)"),                        \
                OPT_STR_IN("Health checks", 0, "health-start-period", at.start_period, "SPAN",     \
                           "After the start, for so long no failure counts (0s)"),                 \
                OPT_STR_IN("Health checks", 0, "health-start-interval", at.start_interval, "SPAN", \
                           "Time between checks in the start period"),                             \
                OPT_STR_IN("Health checks", 0, "health-on-failure", at.on_failure, "ACTION",       \
                           "none, kill, restart or stop, when it is unhealthy"),                   \
                OPT_STR_IN("Health checks", 0, "health-log-destination", at.log_destination,       \
                           "DIRECTORY", "Write the log there too; local: do not"),                 \
                OPT_INT_IN("Health checks", 0, "health-max-log-count", at.log_count, "NUMBER",     \
                           "Checks in the log (5), 0: the most, 200"),                             \
                OPT_INT_IN("Health checks", 0, "health-max-log-size", at.log_size, "BYTES",        \
                           "Output of each in the log (500), 0: the most, 64 KiB"),                \
                OPT_STR_IN("Health checks", 0, "health-startup-cmd", at.startup_cmd, "COMMAND",    \
                           "Check with this until it succeeds, then with --health-cmd"),           \
                OPT_STR_IN("Health checks", 0, "health-startup-interval", at.startup_interval,     \
                           "SPAN", "Time between those checks (30s)"),                             \
                OPT_INT_IN("Health checks", 0, "health-startup-retries", at.startup_retries,       \
                           "NUMBER", "Failures of those until a restart (0: none)"),               \
                OPT_INT_IN("Health checks", 0, "health-startup-success", at.startup_success,       \
                           "NUMBER", "So many of those have to succeed"),                          \
                OPT_STR_IN("Health checks", 0, "health-startup-timeout", at.startup_timeout,       \
                           "SPAN", "Time that each of those may take (30s)"),                      \
                OPT_BOOL_IN("Health checks", 0, "no-healthcheck", at.none,                         \
                            "No check, whatever the image says")

/* Fill the spec's `health` with what was given, over what is there. */
int health_options_fill(const struct health_args *args, struct container_spec *spec,
                        struct error *err);

#endif
