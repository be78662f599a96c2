/* kelp pull. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/options/conf_options.h"
#include "cli/options/registry_options.h"
#include "engine/image/pull.h"
#include "engine/state/events.h"

#include <stdio.h>

struct pull_args {
        struct registry_args registry;
        struct platform_args platform;
        bool quiet, all_tags;
        const char *policy, *signature_policy;
};
#define OPT_ARGS struct pull_args

static const struct opt pull_options[] = {
        OPT_BOOL('a', "all-tags", all_tags, "Every tag of the repository"),
        PLATFORM_OPTIONS(platform),
        REGISTRY_OPTIONS(registry),
        RETRY_OPTIONS(registry, "pull"),
        OPT_STR(0, "policy", policy, "POLICY", "always, missing, never or newer"),
        OPT_BOOL('q', "quiet", quiet, "No progress"),
        OPT_STR(0, "signature-policy", signature_policy, "FILE", "Which images may be used"),
        OPT_REFUSED(0, "decryption-key", "encrypted images are not supported"),
        OPT_REFUSED(0, "disable-content-trust", "Docker's content trust is gone: use policy.json"),
        { 0 },
};

static int read_options(const struct pull_args *args, const struct global_args *global,
                        struct pull_options *options, char **platform, struct error *err)
{
        *options = (struct pull_options){ .quiet = args->quiet,
                                          .signature_policy = args->signature_policy };
        if (pull_policy_parse(args->policy ? args->policy : "always", &options->policy, err) < 0 ||
            registry_options_read(&args->registry, global, &options->registry, err) < 0 ||
            platform_options_read(&args->platform, platform, err) < 0)
                return -1;
        options->platform = *platform;
        return 0;
}

static int pull_all(struct context *ctx, const struct pull_options *options, const char *name,
                    struct error *err)
{
        AUTO(strv) ids = { 0 };

        if (image_pull_all_tags(&ctx->store, name, options, &ids, err) < 0)
                return -1;
        for (size_t i = 0; i < ids.count; i++) {
                events_write_image(&ctx->store, "pull", ids.items[i], name);
                printf("%s\n", ids.items[i]);
        }
        return 0;
}

static int pull_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct pull_args *args = data;
        struct pull_options options;
        AUTO_FREE char *platform = NULL;
        AUTO(image) image = { 0 };

        if (read_options(args, &ctx->global, &options, &platform, err) < 0)
                return -1;
        if (args->all_tags)
                return pull_all(ctx, &options, name, err);
        if (image_pull(&ctx->store, name, &options, &image, err) < 0)
                return -1;
        events_write_image(&ctx->store, "pull", image.id, name);
        printf("%s\n", image.id);
        return 0;
}

static int pull_run(struct context *ctx, void *data, struct error *err)
{
        int rc = for_each_operand(ctx, data, pull_one, err);

        return rc < 0 && err->kind == ERROR_CANCELLED ? (dispatch_print_error(err), 130) : rc;
}

const struct command cmd_pull = {
        .name = "pull",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Fetch images from a registry",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct pull_args),
        .options = pull_options,
        .conf = conf_transfer,
        .run = pull_run,
};
