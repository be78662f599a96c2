/* kelp push. */
#include "engine/image/push.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/global.h"
#include "cli/options/conf_options.h"
#include "cli/options/registry_options.h"
#include "engine/image/name.h"
#include "engine/image/reference.h"
#include "engine/state/events.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct push_args {
        struct registry_args registry;
        const char *compression, *digestfile, *format;
        struct opt_int level;
        bool quiet, all_tags, force_compression, remove_signatures;
};
#define OPT_ARGS struct push_args

static const struct opt push_cli_options[] = {
        OPT_BOOL('a', "all-tags", all_tags, "Every tag of the repository that is here"),
        REGISTRY_OPTIONS(registry),
        RETRY_OPTIONS(registry, "push"),
        OPT_STR(0, "compression-format", compression, "FORMAT",
                "gzip or zstd; otherwise layers go as they are stored"),
        OPT_INT(0, "compression-level", level, "LEVEL", "1 is fast, 9 (zstd: 20) is small"),
        OPT_STR(0, "digestfile", digestfile, "FILE", "Write the manifest's digest to FILE"),
        OPT_BOOL(0, "force-compression", force_compression,
                 "Compress again what is compressed (--compression-format implies it)"),
        OPT_STR('f', "format", format, "FORMAT", "oci or v2s2; otherwise the image's own"),
        OPT_BOOL('q', "quiet", quiet, "No progress"),
        OPT_BOOL(0, "remove-signatures", remove_signatures, "Push no signatures (kelp never does)"),
        OPT_REFUSED(0, "encrypt-layer", "encrypted images are not supported"),
        OPT_REFUSED(0, "encryption-key", "encrypted images are not supported"),
        SIGN_OPTIONS_REFUSED,
        OPT_REFUSED(0, "compress", "\"dir:\" gets the layers as they are stored"),
        OPT_REFUSED(0, "disable-content-trust", "Docker's content trust is gone"),
        { 0 },
};

static int read_options(const struct push_args *args, const struct global_args *global,
                        struct push_options *options, struct error *err)
{
        *options = (struct push_options){ .quiet = args->quiet };
        if (args->format && send_format_parse(args->format, &options->format, err) < 0)
                return -1;
        if (push_compression_read(args->compression, &args->level, args->force_compression, options,
                                  err) < 0)
                return -1;
        return registry_options_read(&args->registry, global, &options->registry, err);
}

static int write_digest(const char *path, const struct digest *digest, struct error *err)
{
        return path ? fd_write_file(AT_FDCWD, path, digest->text, strlen(digest->text), 0644, err)
                    : 0;
}

static void push_event(const struct context *ctx, const char *name, const char *to)
{
        AUTO(image) image = { 0 };

        if (image_lookup(&ctx->store, name, &image, NULL) == 0)
                events_write_image(&ctx->store, "push", image.id, to);
}

/* Every name of the repository that is here. */
static int push_all(const struct context *ctx, const struct push_options *options,
                    struct error *err)
{
        AUTO(name_list) names = { 0 };
        AUTO(reference) ref = { 0 };
        size_t pushed = 0;

        if (ctx->argc > 1)
                return error_set(err, ERROR_USAGE, "--all-tags takes no destination");
        if (reference_parse(ctx->argv[0], &ref, err) < 0 ||
            name_list_load(&ctx->store, &names, err) < 0)
                return -1;
        if (ref.tag || ref.digest)
                return error_set(err, ERROR_USAGE, "--all-tags takes a repository without a tag");
        for (size_t i = 0; i < names.count; i++) {
                AUTO(reference) stored = { 0 };
                struct digest digest;

                if (name_is_nameless(names.items[i].reference) ||
                    reference_parse(names.items[i].reference, &stored, NULL) < 0 || !stored.tag ||
                    !reference_same_repository(&ref, &stored))
                        continue;
                if (image_push(&ctx->store, names.items[i].reference, NULL, options, &digest, err) <
                    0)
                        return -1;
                push_event(ctx, names.items[i].reference, names.items[i].reference);
                pushed++;
        }
        return pushed ? 0
                      : error_set(err, ERROR_NOT_FOUND, "%s: no image with that name",
                                  ctx->argv[0]);
}

static int push_run(struct context *ctx, void *data, struct error *err)
{
        const struct push_args *args = data;
        struct push_options options;
        struct digest digest;
        int rc;

        if (read_options(args, &ctx->global, &options, err) < 0)
                return -1;
        if (args->all_tags)
                return push_all(ctx, &options, err);
        rc = image_push(&ctx->store, ctx->argv[0], ctx->argc > 1 ? ctx->argv[1] : NULL, &options,
                        &digest, err);
        if (rc == 0) {
                push_event(ctx, ctx->argv[0], ctx->argv[ctx->argc - 1]);
                rc = write_digest(args->digestfile, &digest, err);
        }
        return rc < 0 && err->kind == ERROR_CANCELLED ? (dispatch_print_error(err), 130) : rc;
}

const struct command cmd_push = {
        .name = "push",
        .synopsis = "[OPTIONS] IMAGE [DESTINATION]",
        .summary = "Send an image to a registry, a directory or an archive",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 2,
        .args_size = sizeof(struct push_args),
        .options = push_cli_options,
        .conf = conf_transfer,
        .run = push_run,
};
