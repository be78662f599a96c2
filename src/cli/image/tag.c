/* kelp tag, untag, image exists: names of images. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/image/image.h"
#include "engine/image/remove.h"
#include "engine/image/transport.h"
#include "engine/state/events.h"

#include <string.h>

struct no_args {
        char unused;
};

static const struct opt no_options[] = { { 0 } };

static int tag_run(struct context *ctx, void *data, struct error *err)
{
        AUTO_CLOSE int shared = -1;
        AUTO(image) image = { 0 };

        (void)data;
        for (int i = 1; i < ctx->argc; i++) {
                AUTO_FREE char *name = NULL;

                if (transport_new_name(ctx->argv[i], &name, err) < 0)
                        return -1;
        }
        shared = store_lock_shared(&ctx->store, err);
        if (shared < 0 || image_find(&ctx->store, ctx->argv[0], &image, err) < 0)
                return -1;
        for (int i = 1; i < ctx->argc; i++) {
                AUTO_FREE char *name = NULL;

                if (transport_new_name(ctx->argv[i], &name, err) < 0 ||
                    image_publish(&ctx->store, name, &image.manifest, &image.index, err) < 0)
                        return -1;
                events_write_image(&ctx->store, "tag", image.id, ctx->argv[i]);
        }
        return 0;
}

const struct command cmd_tag = {
        .name = "tag",
        .synopsis = "IMAGE NAME...",
        .summary = "Give an image more names",
        .needs = NEEDS_STORE,
        .min_operands = 2,
        .max_operands = -1,
        .args_size = sizeof(struct no_args),
        .options = no_options,
        .run = tag_run,
};

/* The image's names that are to go: those given, or all. */
static int chosen_names(const struct context *ctx, const struct image *image, struct strv *names,
                        struct error *err)
{
        if (ctx->argc == 1) {
                strv_extend(names, &image->names);
                return 0;
        }
        for (int i = 1; i < ctx->argc; i++) {
                AUTO(image) named = { 0 };

                if (image_find(&ctx->store, ctx->argv[i], &named, err) < 0 || named.by_id ||
                    strcmp(named.id, image->id) != 0)
                        return error_set(err, ERROR_NOT_FOUND, "%s: tag not known", ctx->argv[i]);
                strv_add(names, named.names.items[0]);
        }
        return 0;
}

static int untag_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO(strv) names = { 0 };

        (void)data;
        if (image_find(&ctx->store, ctx->argv[0], &image, err) < 0 ||
            image_load_names(&ctx->store, &image, err) < 0 ||
            chosen_names(ctx, &image, &names, err) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++) {
                if (image_untag(&ctx->store, names.items[i], err) < 0)
                        return -1;
                events_write_image(&ctx->store, "untag", image.id, names.items[i]);
        }
        return 0;
}

const struct command cmd_untag = {
        .name = "untag",
        .synopsis = "IMAGE [NAME...]",
        .summary = "Take names away from an image, which stays",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct no_args),
        .options = no_options,
        .run = untag_run,
};

static int exists_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(image) image = { 0 };

        (void)data;
        if (image_find(&ctx->store, ctx->argv[0], &image, err) == 0)
                return 0;
        return err->kind == ERROR_NOT_FOUND ? 1 : -1;
}

const struct command cmd_image_exists = {
        .name = "image exists",
        .synopsis = "IMAGE",
        .summary = "Exit with 0 when an image is here, with 1 when not",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct no_args),
        .options = no_options,
        .run = exists_run,
};
