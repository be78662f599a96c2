/* What logs and pod logs have in common. */
#ifndef KELP_CLI_CONTAINER_LOGS_H
#define KELP_CLI_CONTAINER_LOGS_H

#include "cli/command.h"

struct logs_request {
        bool color, follow, names, timestamps;
        const char *since, *tail, *until;
};

/* `at` is the member of OPT_ARGS that is a struct logs_request. */
#define LOGS_OPTIONS(at)                                                                           \
        OPT_BOOL('f', "follow", at.follow, "Wait for more until the container ends"),              \
                OPT_BOOL('n', "names", at.names,                                                   \
                         "Tell several containers apart by name, not by ID"),                      \
                OPT_STR(0, "since", at.since, "TIME",                                              \
                        "Only lines after a time (RFC 3339, seconds, or 10m)"),                    \
                OPT_STR(0, "tail", at.tail, "LINES", "Only the last lines"),                       \
                OPT_BOOL('t', "timestamps", at.timestamps, "Show the time of each line"),          \
                OPT_STR(0, "until", at.until, "TIME",                                              \
                        "Only lines before a time; 10m is in ten minutes"),                        \
                OPT_BOOL(0, "color", at.color,                                                     \
                         "Show what tells several containers apart in colours")

/* Print those of the containers that are ctx's operands. The exit code, or -1. */
int logs_print(struct context *ctx, const struct logs_request *request, struct error *err);

#endif
