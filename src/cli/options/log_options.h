/* The options of run and create about the container's log. */
#ifndef KELP_CLI_OPTIONS_LOG_OPTIONS_H
#define KELP_CLI_OPTIONS_LOG_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct log_args {
        const char *driver;
        struct strv options;
};

/* `at` is the member of OPT_ARGS that is a struct log_args. */
#define LOG_OPTIONS(at)                                                                            \
        OPT_STR_IN("Supervision", 0, "log-driver", at.driver, "DRIVER",                            \
                   "k8s-file, json-file, journald, passthrough, passthrough-tty or none"),         \
                OPT_LIST_IN("Supervision", 0, "log-opt", at.options, "KEY=VALUE",                  \
                            "path=FILE, max-size=SIZE of each of the log's three files, tag=TAG "  \
                            "and label=KEY=VALUE of journald")

/* Fill the spec's log_driver, log_path, log_tag, log_labels and log_size. attach and
 * terminal have to be filled before. */
int log_options_fill(const struct log_args *args, struct container_spec *spec, struct error *err);

#endif
