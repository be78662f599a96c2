/* The options of run and create about the container's log. */
#ifndef KELP_CLI_LOG_OPTIONS_H
#define KELP_CLI_LOG_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct log_args {
        const char *driver;
        struct strv options;
};

/* `at` is the member of OPT_ARGS that is a struct log_args. */
#define LOG_OPTIONS(at)                                                                            \
        OPT_STR_IN("Supervision", 0, "log-driver", at.driver, "DRIVER",                            \
                   "k8s-file (also called json-file) or none"),                                    \
                OPT_LIST_IN("Supervision", 0, "log-opt", at.options, "KEY=VALUE",                  \
                            "path=FILE, max-size=SIZE of each of the log's three files, tag=NAME " \
                            "for inspect")

/* Fill the spec's log_driver, log_path, log_tag and log_size. */
int log_options_fill(const struct log_args *args, struct container_spec *spec, struct error *err);

#endif
