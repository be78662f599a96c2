/* --requires of run and create: containers that are started before this one. */
#ifndef KELP_CLI_CONTAINER_REQUIRES_OPTIONS_H
#define KELP_CLI_CONTAINER_REQUIRES_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct requires_args {
        struct strv names;
};

/* `at` is the member of OPT_ARGS that is a struct requires_args. */
#define REQUIRES_OPTIONS(at)                                                                       \
        OPT_LIST_IN("Supervision", 0, "requires", at.names, "CONTAINER[,CONTAINER]",               \
                    "Start these before it")

/* Fill spec->requires with full IDs. ERROR_NOT_FOUND: no such container. */
int requires_options_fill(const struct requires_args *args, const struct store *store,
                          struct container_spec *spec, struct error *err);

/* Start those that do not run, with what they require themselves. For a process that has entered no
 * user namespace yet. */
int requires_start(struct context *ctx, const struct container_spec *spec, struct error *err);

#endif
