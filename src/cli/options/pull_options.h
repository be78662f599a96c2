/* The options of run and create about finding and fetching the image. */
#ifndef KELP_CLI_OPTIONS_PULL_OPTIONS_H
#define KELP_CLI_OPTIONS_PULL_OPTIONS_H

#include "cli/options/registry_options.h"

struct pull_option_args {
        const char *policy;
        bool quiet;
        struct registry_args registry;
        struct platform_args platform;
};

/* `at` is the member of OPT_ARGS that is a struct pull_option_args. */
#define PULL_OPTIONS(at)                                                                           \
        OPT_STR_IN("Images", 0, "pull", at.policy, "POLICY", "always, missing, never or newer"),   \
                OPT_BOOL_IN("Images", 'q', "quiet", at.quiet, "No progress while pulling"),        \
                PLATFORM_OPTIONS_IN("Images", at.platform),                                        \
                REGISTRY_OPTIONS_IN("Images", at.registry),                                        \
                RETRY_OPTIONS_IN("Images", at.registry, "pull")

/* Check and convert. *platform_out is options_out->platform and the caller's to free; NULL: none
 * was named. */
int pull_options_read(const struct pull_option_args *args, const struct global_args *global,
                      struct pull_options *options_out, char **platform_out, struct error *err);

#endif
