/* kelp diff, image diff: what was added, changed and deleted. */
#include "engine/storage/copy.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/output/printable.h"
#include "cli/output/template.h"
#include "engine/container/rootfs_of.h"
#include "engine/image/image.h"
#include "engine/storage/layer.h"
#include "rootless/userns.h"

#include <stdio.h>
#include <string.h>

struct diff_args {
        const char *format;
        bool latest;
};
#define OPT_ARGS struct diff_args

static const struct opt diff_options[] = {
        OPT_STR(0, "format", format, "FORMAT", "json"),
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        { 0 },
};

static const struct opt image_diff_options[] = {
        OPT_STR(0, "format", format, "FORMAT", "json"),
        { 0 },
};

/* What kelp mounts over a container's files, and makes for that, is no change of the container's.
 */
static bool is_mount_target(const char *path)
{
        static const char *const targets[] = { "/dev",        "/etc/hostname", "/etc/hosts",
                                               "/etc/mtab",   "/proc",         "/etc/resolv.conf",
                                               "/sys",        "/run",          "/run/.containerenv",
                                               "/run/notify", "/run/secrets" };

        for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
                if (strcmp(targets[i], path) == 0)
                        return true;
        return false;
}

static json_t *to_json(const struct changes *changes)
{
        static const char *const keys[] = { [CHANGE_MODIFIED] = "changed",
                                            [CHANGE_ADDED] = "added",
                                            [CHANGE_DELETED] = "deleted" };
        json_t *json = json_object();

        for (size_t i = 0; i < changes->count; i++) {
                const char *key = keys[changes->items[i].kind];
                json_t *list = json_object_get(json, key);

                if (is_mount_target(changes->items[i].path))
                        continue;
                if (!list) {
                        list = json_array();
                        json_object_set_new(json, key, list);
                }
                json_array_append_new(list, json_string_any(changes->items[i].path));
        }
        return json;
}

static int print_changes(const struct diff_args *args, const struct changes *changes,
                         struct error *err)
{
        if (args->format) {
                AUTO_JSON json_t *json = to_json(changes);

                if (!template_asks_json(args->format))
                        return error_set(err, ERROR_USAGE, "only --format json is supported");
                return template_print("json", json, stdout, err);
        }
        for (size_t i = 0; i < changes->count; i++) {
                AUTO_FREE char *path = printable(changes->items[i].path);

                if (!is_mount_target(changes->items[i].path))
                        printf("%s %s\n", change_letter(changes->items[i].kind), path);
        }
        return 0;
}

static int diff_container(struct context *ctx, const struct container *container,
                          const struct diff_args *args, struct error *err)
{
        AUTO(rootfs) rootfs = { 0 };
        AUTO(changes) changes = { 0 };
        AUTO_FREE char *upper = xasprintf("containers/%s/upper", container->id);

        rootfs_of(&ctx->store, container, &rootfs);
        if (context_enter_userns(ctx, err) < 0 ||
            (rootfs.copied
                     ? copy_changes(&rootfs, &changes, err)
                     : changes_find(ctx->store.root_fd, upper, &rootfs.layers, &changes, err)) < 0)
                return -1;
        return print_changes(args, &changes, err);
}

/* The image's own layer against those below it; with a second image, against that one. */
static int diff_image(struct context *ctx, const struct diff_args *args, struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO(strv) layers = { 0 };
        AUTO(changes) changes = { 0 };
        AUTO_FREE char *top = NULL;

        if (image_lookup(&ctx->store, ctx->argv[0], &image, err) < 0 ||
            context_enter_userns(ctx, err) < 0 ||
            image_ensure_layers(&ctx->store, &image, userns_own_mapping(), NULL, err) < 0)
                return -1;
        if (image.layer_count == 0)
                return 0;
        for (size_t i = 0; i < image.layer_count; i++) {
                AUTO_FREE char *dir =
                        layer_find(&ctx->store, &image.diff_ids[i], userns_own_mapping());
                char *diff = xasprintf("%s/diff", dir);

                if (i + 1 < image.layer_count)
                        strv_take(&layers, diff);
                else
                        top = diff;
        }
        if (changes_find(ctx->store.root_fd, top, &layers, &changes, err) < 0)
                return -1;
        return print_changes(args, &changes, err);
}

static int diff_run(struct context *ctx, void *data, struct error *err)
{
        const struct diff_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO(strv) words = { 0 };
        int rc;

        if (target_first(ctx, args->latest, 0, &words, err) < 0)
                return -1;
        if (container_lookup(&ctx->store, ctx->argv[0], &container, err) < 0)
                return err->kind == ERROR_NOT_FOUND ? diff_image(ctx, data, err) : -1;
        rc = diff_container(ctx, &container, data, err);
        container_release(&container);
        return rc;
}

const struct command cmd_diff = {
        .name = "diff",
        .synopsis = "[OPTIONS] CONTAINER|IMAGE",
        .summary = "Show what a container changed, or an image's last layer",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct diff_args),
        .options = diff_options,
        .run = diff_run,
};

static int image_diff_run(struct context *ctx, void *data, struct error *err)
{
        return diff_image(ctx, data, err);
}

const struct command cmd_image_diff = {
        .name = "image diff",
        .synopsis = "[OPTIONS] IMAGE",
        .summary = "Show what an image's last layer changes",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct diff_args),
        .options = image_diff_options,
        .run = image_diff_run,
};
