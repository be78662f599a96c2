/* --sysctl of run and create, and containers.conf's default_sysctls. */
#ifndef KELP_CLI_OPTIONS_SYSCTL_OPTIONS_H
#define KELP_CLI_OPTIONS_SYSCTL_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct sysctl_args {
        struct strv sysctls;
};

/* `at` is the member of OPT_ARGS that is a struct sysctl_args. */
#define SYSCTL_OPTIONS(at)                                                                         \
        OPT_LIST_IN("Isolation", 0, "sysctl", at.sysctls, "NAME=VALUE",                            \
                    "Set a kernel parameter of the container's namespaces")

/* Fill spec->sysctls; the spec's namespaces are there. ERROR_USAGE: no setting of a container's
 * namespaces, or of one that it has not for itself. */
int sysctl_options_fill(const struct sysctl_args *args, struct container_spec *spec,
                        struct error *err);

#endif
