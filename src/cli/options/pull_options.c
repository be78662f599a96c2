/* run's and create's options to pull_options. */
#include "cli/options/pull_options.h"

int pull_options_read(const struct pull_option_args *args, const struct global_args *global,
                      struct pull_options *options_out, char **platform_out, struct error *err)
{
        *options_out = (struct pull_options){ .quiet = args->quiet };
        if (pull_policy_parse(args->policy ? args->policy : "missing", &options_out->policy, err) <
                    0 ||
            registry_options_read(&args->registry, global, &options_out->registry, err) < 0 ||
            platform_options_read(&args->platform, platform_out, err) < 0)
                return -1;
        options_out->platform = *platform_out;
        return 0;
}
