/* --expose and --publish-all of run and create. */
#ifndef KELP_CLI_OPTIONS_EXPOSE_OPTIONS_H
#define KELP_CLI_OPTIONS_EXPOSE_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct expose_args {
        struct strv ports;
        bool publish_all;
};

/* `at` is the member of OPT_ARGS that is a struct expose_args. */
#define EXPOSE_OPTIONS(at)                                                                         \
        OPT_LIST_IN("Environment", 0, "expose", at.ports, "PORT[-PORT][/PROTOCOL]",                \
                    "Say that a port is listened on"),                                             \
                OPT_BOOL_IN("Environment", 'P', "publish-all", at.publish_all,                     \
                            "Publish every exposed port on a free one of the host")

/* What the user exposes; those of the image come in with it, and are published then. */
int expose_options_fill(const struct expose_args *args, struct container_spec *spec,
                        struct error *err);

#endif
