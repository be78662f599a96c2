/* kelp manifest: lists of images for several platforms under one name. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "cli/global.h"
#include "cli/options/registry_options.h"
#include "engine/image/list.h"
#include "engine/image/reference.h"
#include "engine/image/remove.h"
#include "engine/image/source.h"
#include "engine/image/transport.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct manifest_args {
        struct registry_args registry;
        const char *arch, *os, *variant, *os_version, *format, *digestfile, *compression;
        struct strv annotations, os_features, features;
        struct opt_int level;
        const char *all, *subject;
        bool index, ignore, force_compression;
        bool amend, add_all, purge, quiet, remove_signatures;
};
#define OPT_ARGS     struct manifest_args

#define NO_ARTIFACTS "artifacts are not supported"

#define ENTRY_OPTIONS                                                                              \
        OPT_LIST(0, "annotation", annotations, "KEY=VALUE", "Annotate the entry"),                 \
                OPT_STR(0, "arch", arch, "ARCH", "The entry's processor"),                         \
                OPT_LIST(0, "features", features, "FEATURE", "The entry's processor's features"),  \
                OPT_STR(0, "os", os, "OS", "The entry's system"),                                  \
                OPT_LIST(0, "os-features", os_features, "FEATURE",                                 \
                         "The entry's system's features"),                                         \
                OPT_STR(0, "os-version", os_version, "VERSION", "The entry's system's version"),   \
                OPT_STR(0, "variant", variant, "VARIANT", "The entry's processor's variant")

static const struct opt create_options[] = {
        OPT_BOOL(0, "all", add_all, "Every image of the lists that are given"),
        OPT_BOOL('a', "amend", amend, "The list may exist"),
        REGISTRY_OPTIONS(registry),
        OPT_LIST(0, "annotation", annotations, "KEY=VALUE", "Annotate the list"),
        { 0 },
};

static const struct opt add_options[] = {
        OPT_BOOL(0, "all", add_all, "Every image of a list"),
        ENTRY_OPTIONS,
        REGISTRY_OPTIONS(registry),
        OPT_REFUSED(0, "artifact", NO_ARTIFACTS),
        OPT_REFUSED(0, "artifact-config", NO_ARTIFACTS),
        OPT_REFUSED(0, "artifact-config-type", NO_ARTIFACTS),
        OPT_REFUSED(0, "artifact-exclude-titles", NO_ARTIFACTS),
        OPT_REFUSED(0, "artifact-layer-type", NO_ARTIFACTS),
        OPT_REFUSED(0, "artifact-subject", NO_ARTIFACTS),
        OPT_REFUSED(0, "artifact-type", NO_ARTIFACTS),
        { 0 },
};

static const struct opt annotate_options[] = {
        ENTRY_OPTIONS,
        OPT_BOOL(0, "index", index, "Annotate the list itself"),
        OPT_STR(0, "subject", subject, "IMAGE", "What the list is about (implies --index)"),
        { 0 },
};

static const struct opt inspect_options[] = {
        REGISTRY_OPTIONS(registry),
        { 0 },
};

static const struct opt push_cli_options[] = {
        OPT_STR(0, "all", all, "BOOL", "false: only the list, not its images"),
        REGISTRY_OPTIONS(registry),
        RETRY_OPTIONS(registry, "push"),
        OPT_STR(0, "compression-format", compression, "FORMAT", "gzip or zstd"),
        OPT_INT(0, "compression-level", level, "LEVEL", "1 is fast, 9 (zstd: 20) is small"),
        OPT_BOOL(0, "force-compression", force_compression,
                 "Compress again what is compressed (--compression-format implies it)"),
        OPT_STR(0, "digestfile", digestfile, "FILE", "Write the list's digest to FILE"),
        OPT_STR('f', "format", format, "FORMAT", "oci or v2s2"),
        OPT_BOOL('p', "purge", purge, "Remove the list here once it is there"),
        OPT_BOOL('q', "quiet", quiet, "No progress"),
        OPT_BOOL(0, "remove-signatures", remove_signatures, "Push no signatures (kelp never does)"),
        OPT_BOOL(0, "rm", purge, "The same as --purge"),
        OPT_REFUSED(0, "add-compression", "push the list once for each compression"),
        SIGN_OPTIONS_REFUSED,
        { 0 },
};

static const struct opt rm_options[] = {
        OPT_BOOL('i', "ignore", ignore, "A list that is not here is no error"),
        { 0 },
};

static const struct opt no_options[] = { { 0 } };

static int entry_options(const struct manifest_args *args, const struct global_args *global,
                         struct list_entry_options *out, struct error *err)
{
        *out = (struct list_entry_options){ .arch = args->arch,
                                            .os = args->os,
                                            .variant = args->variant,
                                            .os_version = args->os_version,
                                            .os_features = &args->os_features,
                                            .features = &args->features,
                                            .annotations = &args->annotations,
                                            .all = args->add_all };
        return registry_options_read(&args->registry, global, &out->pull.registry, err);
}

static int add_images(const struct context *ctx, const struct manifest_args *args, const char *list,
                      struct digest *digest, struct error *err)
{
        struct list_entry_options options;

        if (entry_options(args, &ctx->global, &options, err) < 0)
                return -1;
        for (int i = 1; i < ctx->argc; i++)
                if (list_add(&ctx->store, list, ctx->argv[i], &options, digest, err) < 0)
                        return -1;
        return 0;
}

static int create_run(struct context *ctx, void *data, struct error *err)
{
        struct manifest_args *args = data;
        AUTO_FREE char *name = transport_local_name(ctx->argv[0]);
        AUTO_JSON json_t *old = NULL;
        AUTO_FREE char *old_name = NULL;
        struct digest digest;
        bool amends;

        if (!name)
                return error_set(err, ERROR_USAGE, "\"%s\" is not a name for a list", ctx->argv[0]);
        amends = args->amend && list_load(&ctx->store, name, &old_name, &old, NULL) == 0;
        if (amends) {
                if (list_store(&ctx->store, old_name, old, &digest, err) < 0)
                        return -1;
        } else if (list_create(&ctx->store, name, &digest, err) < 0) {
                return -1;
        }
        if (args->annotations.count &&
            list_annotate_index(&ctx->store, name, &args->annotations, NULL, &digest, err) < 0)
                return -1;
        strv_release(&args->annotations); /* they are the list's, not the entries' */
        if (add_images(ctx, args, name, &digest, err) < 0)
                return -1;
        printf("%s\n", digest_hex(&digest));
        return 0;
}

static int add_run(struct context *ctx, void *data, struct error *err)
{
        struct digest digest;

        if (add_images(ctx, data, ctx->argv[0], &digest, err) < 0)
                return -1;
        printf("%s\n", digest_hex(&digest));
        return 0;
}

static int annotate_run(struct context *ctx, void *data, struct error *err)
{
        const struct manifest_args *args = data;
        struct list_entry_options options;
        struct digest digest;

        if (args->index || args->subject) {
                if (list_annotate_index(&ctx->store, ctx->argv[0], &args->annotations,
                                        args->subject, &digest, err) < 0)
                        return -1;
        } else if (ctx->argc < 2) {
                return error_set(err, ERROR_USAGE, "which entry? Name its digest or image");
        } else if (entry_options(args, &ctx->global, &options, err) < 0 ||
                   list_annotate(&ctx->store, ctx->argv[0], ctx->argv[1], &options, &digest, err) <
                           0) {
                return -1;
        }
        printf("%s\n", digest_hex(&digest));
        return 0;
}

static int remove_run(struct context *ctx, void *data, struct error *err)
{
        struct digest digest;

        (void)data;
        if (list_remove(&ctx->store, ctx->argv[0], ctx->argv[1], &digest, err) < 0)
                return -1;
        printf("%s\n", digest_hex(&digest));
        return 0;
}

static int print_json(const json_t *json)
{
        AUTO_FREE char *text = json_dumps(json, JSON_INDENT(4));

        printf("%s\n", text);
        return 0;
}

/* A list that is not here is asked for in its registry. */
static int inspect_remote(const struct manifest_args *args, const struct global_args *global,
                          const char *text, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO_FREE char *manifest = NULL;
        AUTO_JSON json_t *json = NULL;
        struct registry_options options;
        struct client_options client;
        struct source *source;
        size_t len;
        int rc;

        if (strncmp(text, "docker://", 9) == 0)
                text += 9;
        if (registry_options_read(&args->registry, global, &options, err) < 0 ||
            reference_parse(text, &ref, err) < 0)
                return -1;
        if (!ref.registry)
                return error_set(err, ERROR_NOT_FOUND, "%s: no such manifest list here", text);
        client = (struct client_options){ .authfile = options.authfile,
                                          .creds = options.creds,
                                          .cert_dir = options.cert_dir,
                                          .tls_verify = options.tls_verify };
        if (source_registry_open(&ref, &client, &source, err) < 0)
                return -1;
        rc = source_manifest(source, ref.digest ? ref.digest : ref.tag, &manifest, &len, NULL, err);
        source_close(source);
        if (rc < 0 || json_parse(manifest, len, text, &json, err) < 0)
                return -1;
        return print_json(json);
}

static int inspect_run(struct context *ctx, void *data, struct error *err)
{
        AUTO_FREE char *name = NULL;
        AUTO_JSON json_t *index = NULL;
        struct error why = { 0 };

        if (list_load(&ctx->store, ctx->argv[0], &name, &index, &why) == 0)
                return print_json(index);
        if (why.kind != ERROR_NOT_FOUND)
                return error_copy(err, &why);
        return inspect_remote(data, &ctx->global, ctx->argv[0], err);
}

static int read_push(const struct manifest_args *args, const struct global_args *global,
                     struct push_options *options, bool *all, struct error *err)
{
        *options = (struct push_options){ .quiet = args->quiet };
        *all = true;
        if (args->format && send_format_parse(args->format, &options->format, err) < 0)
                return -1;
        if (push_compression_read(args->compression, &args->level, args->force_compression, options,
                                  err) < 0)
                return -1;
        if (args->all && parse_bool(args->all, "--all", all, err) < 0)
                return -1;
        return registry_options_read(&args->registry, global, &options->registry, err);
}

static int push_run(struct context *ctx, void *data, struct error *err)
{
        const struct manifest_args *args = data;
        AUTO(image_removed) removed = { 0 };
        struct push_options options;
        struct digest digest;
        bool all;

        if (read_push(args, &ctx->global, &options, &all, err) < 0 ||
            list_push(&ctx->store, ctx->argv[0], ctx->argc > 1 ? ctx->argv[1] : NULL, all, &options,
                      &digest, err) < 0)
                return -1;
        if (args->digestfile && fd_write_file(AT_FDCWD, args->digestfile, digest.text,
                                              strlen(digest.text), 0644, err) < 0)
                return -1;
        printf("%s\n", digest.text);
        if (!args->purge)
                return 0;
        if (context_enter_userns(ctx, err) < 0)
                return -1;
        return image_remove(&ctx->store, ctx->argv[0], true, &removed, err);
}

static int rm_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct manifest_args *args = data;
        AUTO(image_removed) removed = { 0 };
        AUTO_JSON json_t *index = NULL;
        AUTO_FREE char *list = NULL;

        if (list_load(&ctx->store, name, &list, &index, err) < 0)
                return args->ignore && err->kind == ERROR_NOT_FOUND
                               ? (*err = (struct error){ 0 }, 0)
                               : -1;
        if (image_remove(&ctx->store, name, true, &removed, err) < 0)
                return -1;
        for (size_t i = 0; i < removed.untagged.count; i++)
                printf("Untagged: %s\n", removed.untagged.items[i]);
        if (removed.deleted)
                printf("Deleted: %s\n", removed.id);
        return 0;
}

static int rm_run(struct context *ctx, void *data, struct error *err)
{
        return for_each_operand(ctx, data, rm_one, err);
}

static int exists_run(struct context *ctx, void *data, struct error *err)
{
        AUTO_FREE char *name = NULL;
        AUTO_JSON json_t *index = NULL;

        (void)data;
        if (list_load(&ctx->store, ctx->argv[0], &name, &index, err) == 0)
                return 0;
        return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_INVALID ? 1 : -1;
}

#define MANIFEST_COMMAND(id, word, text, about, needed, min, max, table, function)                 \
        const struct command cmd_manifest_##id = {                                                 \
                .name = "manifest " word,                                                          \
                .synopsis = text,                                                                  \
                .summary = about,                                                                  \
                .needs = needed,                                                                   \
                .min_operands = min,                                                               \
                .max_operands = max,                                                               \
                .args_size = sizeof(struct manifest_args),                                         \
                .options = table,                                                                  \
                .run = function,                                                                   \
        }

MANIFEST_COMMAND(create, "create", "[OPTIONS] LIST [IMAGE...]", "Make a manifest list", NEEDS_STORE,
                 1, -1, create_options, create_run);
MANIFEST_COMMAND(add, "add", "[OPTIONS] LIST IMAGE...", "Add images to a manifest list",
                 NEEDS_STORE, 2, -1, add_options, add_run);
MANIFEST_COMMAND(annotate, "annotate", "[OPTIONS] LIST [DIGEST|IMAGE]",
                 "Change a manifest list or an entry of it", NEEDS_STORE, 1, 2, annotate_options,
                 annotate_run);
MANIFEST_COMMAND(inspect, "inspect", "[OPTIONS] LIST", "Show a manifest list", NEEDS_STORE, 1, 1,
                 inspect_options, inspect_run);
MANIFEST_COMMAND(push, "push", "[OPTIONS] LIST [DESTINATION]",
                 "Send a manifest list and its images", NEEDS_STORE, 1, 2, push_cli_options,
                 push_run);
MANIFEST_COMMAND(rm, "rm", "[OPTIONS] LIST...", "Remove manifest lists", NEEDS_STORE | NEEDS_USERNS,
                 1, -1, rm_options, rm_run);
MANIFEST_COMMAND(exists, "exists", "LIST", "Exit with 0 when a list is here, with 1 when not",
                 NEEDS_STORE, 1, 1, no_options, exists_run);
MANIFEST_COMMAND(remove, "remove", "LIST DIGEST", "Take an entry out of a manifest list",
                 NEEDS_STORE, 2, 2, no_options, remove_run);
