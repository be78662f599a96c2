/* --sdnotify of run and create. */
#ifndef KELP_CLI_OPTIONS_SDNOTIFY_OPTIONS_H
#define KELP_CLI_OPTIONS_SDNOTIFY_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct sdnotify_args {
        const char *mode;
};

/* `at` is the member of OPT_ARGS that is a struct sdnotify_args. */
#define SDNOTIFY_OPTIONS(at)                                                                       \
        OPT_STR_IN("Supervision", 0, "sdnotify", at.mode, "MODE",                                  \
                   "Who says READY to NOTIFY_SOCKET: container, conmon, healthy or ignore")

/* Fill the spec's sdnotify and notify_socket. */
int sdnotify_options_fill(const struct sdnotify_args *args, struct container_spec *spec,
                          struct error *err);

#endif
