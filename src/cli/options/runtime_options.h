/* --runtime and --runtime-flag of run and create (docker's), and those before the command
 * (podman's). */
#ifndef KELP_CLI_OPTIONS_RUNTIME_OPTIONS_H
#define KELP_CLI_OPTIONS_RUNTIME_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

/* `at` is the member of OPT_ARGS that is a struct runtime_args. */
#define RUNTIME_OPTIONS(at)                                                                        \
        OPT_STR_IN("Supervision", 0, "runtime", at.name, "NAME|PATH",                              \
                   "kelp, crun, runc or the path of another OCI runtime"),                         \
                OPT_LIST_IN("Supervision", 0, "runtime-flag", at.flags, "FLAG",                    \
                            "Option of that runtime, without its dashes")

/* Fill the spec's runtime, runtime_path and runtime_flags. `global`: those before the command. */
int runtime_options_fill(const struct runtime_args *args, const struct runtime_args *global,
                         struct container_spec *spec, struct error *err);

#endif
