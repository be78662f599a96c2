/* kelp image prune, system prune. */
#include "engine/image/prune.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/confirm.h"
#include "cli/container/container_prune.h"
#include "cli/global.h"
#include "cli/image/image_filter.h"
#include "cli/output/human.h"
#include "cli/pod/pod_removal.h"
#include "cli/volume/volume_prune.h"
#include "engine/build/run_cache.h"
#include "engine/build/run_container.h"
#include "engine/state/usage.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct prune_args {
        bool all, force, volumes, build_cache, build;
        const char *unused_for, *keep_storage;
        struct strv filters;
};
#define OPT_ARGS struct prune_args

static const struct opt image_prune_options[] = {
        OPT_BOOL('a', "all", all, "Also images with names, unless a container has them"),
        OPT_LIST(0, "filter", filters, "KEY=VALUE", "until=TIME, label=KEY[=VALUE], label!=..."),
        OPT_BOOL('f', "force", force, "Do not ask"),
        OPT_STR(0, "keep-storage", keep_storage, "SIZE",
                "Remove what was not used for longest until images take no more than this"),
        OPT_STR(0, "unused-for", unused_for, "DURATION", "Images that were not used for so long"),
        OPT_BOOL(0, "build-cache", build_cache, "Also what RUN --mount=type=cache has kept"),
        OPT_REFUSED(0, "external", "kelp has no containers but its own"),
        { 0 },
};

static const struct opt system_prune_options[] = {
        OPT_BOOL('a', "all", all, "Also images with names, unless a container has them"),
        OPT_LIST(0, "filter", filters, "KEY=VALUE", "until=TIME, label=KEY[=VALUE], label!=..."),
        OPT_BOOL('f', "force", force, "Do not ask"),
        OPT_BOOL(0, "build", build, "Also containers that builds have left (which died)"),
        OPT_REFUSED(0, "external", "kelp has no containers but its own"),
        OPT_BOOL(0, "volumes", volumes, "Also volumes that no container has"),
        { 0 },
};

/* "7d", "2w", or a Go duration; seconds. */
static int parse_age(const char *text, int64_t *seconds_out, struct error *err)
{
        char *end;
        double value = strtod(text, &end);
        int64_t ns;

        if (end != text && (strcmp(end, "d") == 0 || strcmp(end, "w") == 0) && value >= 0 &&
            value < 1e6) {
                *seconds_out = (int64_t)(value * 86400 * (*end == 'w' ? 7 : 1));
                return 0;
        }
        if (isdigit((unsigned char)text[0]) && !text[strspn(text, "0123456789")])
                return error_set(err, ERROR_USAGE, "--unused-for %s needs a unit: 90m, 12h, 7d, 2w",
                                 text);
        if (human_parse_span(text, &ns, err) < 0)
                return error_context(err, "--unused-for");
        *seconds_out = ns / 1000000000;
        return 0;
}

static bool match_filters(void *data, struct image *image)
{
        return image_filters_match(data, image, NULL);
}

static int read_limits(const struct prune_args *args, struct prune_options *options,
                       struct error *err)
{
        uint64_t bytes;

        *options = (struct prune_options){ .all = args->all, .unused_for = -1, .keep_storage = -1 };
        if (args->unused_for && parse_age(args->unused_for, &options->unused_for, err) < 0)
                return -1;
        if (args->keep_storage) {
                if (human_parse_size(args->keep_storage, &bytes, err) < 0)
                        return error_context(err, "--keep-storage");
                options->keep_storage = (int64_t)bytes;
        }
        return prune_check_filters(&args->filters, err);
}

static int prune_images(const struct context *ctx, const struct prune_args *args,
                        struct strv *removed, struct error *err)
{
        AUTO(image_filters) filters = { 0 };
        struct prune_options options;

        if (read_limits(args, &options, err) < 0 ||
            image_filters_init(&args->filters, &ctx->store, &filters, err) < 0)
                return -1;
        options.match = match_filters;
        options.data = &filters;
        return image_prune(&ctx->store, &options, removed, err);
}

static const char *image_warning(const struct prune_args *args)
{
        if (args->unused_for || args->keep_storage)
                return "WARNING! This command removes images that were not used for long and that "
                       "no container has.";
        return args->all
                       ? "WARNING! This command removes all images without at least one container "
                         "associated with them."
                       : "WARNING! This command removes all dangling images.";
}

static int image_prune_run(struct context *ctx, void *data, struct error *err)
{
        const struct prune_args *args = data;
        struct prune_options options;
        AUTO(strv) removed = { 0 };

        if (read_limits(args, &options, err) < 0)
                return -1;
        if (!args->force && !confirm(image_warning(args)))
                return 0;
        if (prune_images(ctx, args, &removed, err) < 0 ||
            (args->build_cache && run_cache_prune(&ctx->store, err) < 0))
                return -1;
        for (size_t i = 0; i < removed.count; i++)
                printf("%s\n", removed.items[i]);
        return 0;
}

const struct command cmd_image_prune = {
        .name = "image prune",
        .synopsis = "[OPTIONS]",
        .summary = "Remove images that nobody needs",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .args_size = sizeof(struct prune_args),
        .options = image_prune_options,
        .run = image_prune_run,
};

static void print_list(const char *heading, const struct strv *ids)
{
        if (ids->count == 0)
                return;
        printf("%s\n", heading);
        for (size_t i = 0; i < ids->count; i++)
                printf("%s\n", ids->items[i]);
}

static uint64_t total_now(const struct context *ctx)
{
        AUTO(usage) usage = { 0 };

        return usage_measure(&ctx->store, &usage, NULL) == 0 ? usage.total : 0;
}

static int prune_all(const struct context *ctx, const struct prune_args *args, struct error *err)
{
        AUTO(pod_errors) errors = { 0 };
        AUTO(strv) pods = { 0 };
        AUTO(strv) containers = { 0 };
        AUTO(strv) images = { 0 };
        AUTO(strv) volumes = { 0 };
        AUTO_FREE char *size = NULL;
        uint64_t before = total_now(ctx), after, partial;

        if (args->build)
                run_container_sweep(&ctx->store);
        if ((args->filters.count == 0 && pod_removal_prune(ctx, &pods, &errors, err) < 0) ||
            container_prune(ctx, &args->filters, &containers, err) < 0 ||
            prune_images(ctx, args, &images, err) < 0 ||
            (args->volumes && volume_prune(&ctx->store, &args->filters, &volumes, err) < 0) ||
            staging_sweep(&ctx->store, err) < 0 || partial_prune(&ctx->store, 0, &partial, err) < 0)
                return -1;
        print_list("Deleted Pods", &pods);
        print_list("Deleted Containers", &containers);
        print_list("Deleted Images", &images);
        print_list("Deleted Volumes", &volumes);
        after = total_now(ctx);
        fflush(stdout);
        (void)pod_errors_tell(&errors); /* some were started meanwhile */
        size = human_size_short(before > after ? before - after : 0, 4);
        printf("Total reclaimed space: %s\n", size);
        return 0;
}

static bool ask_all(const struct prune_args *args)
{
        AUTO(strbuf) text = { 0 };

        strbuf_addf(&text,
                    "WARNING! This command removes:\n        - all stopped containers\n"
                    "        - all pods that have ended\n%s%s%s",
                    args->volumes ? "        - all volumes not used by at least one container\n"
                                  : "",
                    args->all ? "        - all images without at least one container associated "
                                "with them\n"
                              : "        - all dangling images\n",
                    "        - all downloads that broke off\n");
        return confirm(text.data);
}

static int system_prune_run(struct context *ctx, void *data, struct error *err)
{
        const struct prune_args *args = data;

        if (prune_check_filters(&args->filters, err) < 0)
                return -1;
        if (!args->force && !ask_all(args))
                return 0;
        return prune_all(ctx, args, err);
}

const struct command cmd_system_prune = {
        .name = "system prune",
        .synopsis = "[OPTIONS]",
        .summary = "Remove stopped containers, images and what else nobody needs",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .args_size = sizeof(struct prune_args),
        .options = system_prune_options,
        .run = system_prune_run,
};
