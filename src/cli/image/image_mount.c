/* kelp image mount, unmount: an image's files for reading, inside kelp unshare.
 *
 * They are at mounts/ID of the runtime directory; which ones are mounted is asked of the kernel.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/global.h"
#include "cli/mounted.h"
#include "cli/output/template.h"
#include "engine/image/image.h"
#include "engine/storage/layer.h"
#include "engine/storage/rootfs.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct mount_args {
        bool all, force;
        const char *format;
};
#define OPT_ARGS struct mount_args

static const struct opt mount_options[] = {
        OPT_BOOL('a', "all", all, "Mount every image"),
        OPT_STR(0, "format", format, "FORMAT", "json"),
        { 0 },
};

static const struct opt unmount_options[] = {
        OPT_BOOL('a', "all", all, "Unmount every image"),
        OPT_BOOL('f', "force", force, "Also when files are open"),
        { 0 },
};

static char *mount_dir(const struct store *store)
{
        return path_join(store->runroot, "mounts");
}

/* The images that are mounted here: IDs. */
static int mounted(const struct store *store, struct strv *ids, struct error *err)
{
        AUTO_FREE char *dir = mount_dir(store);

        return mounted_below(dir, ids, err);
}

static int mount_image(const struct store *store, const struct image *image, char **path_out,
                       struct error *err)
{
        AUTO_FREE char *dir = mount_dir(store);
        AUTO_FREE char *target = path_join(dir, image->id);
        AUTO(rootfs) rootfs = { .store = store };
        AUTO(strv) already = { 0 };

        if (mounted(store, &already, err) < 0 || path_make_dirs(target, 0700, err) < 0 ||
            image_ensure_layers(store, image, "", NULL, err) < 0)
                return -1;
        for (size_t i = 0; i < image->layer_count; i++) {
                AUTO_FREE char *layer = layer_find(store, &image->diff_ids[i], "");

                rootfs_add_layer(&rootfs, layer);
        }
        if (!strv_contains(&already, image->id) && rootfs_mount_layers(&rootfs, target, err) < 0)
                return -1;
        *path_out = take_ptr(target);
        return 0;
}

static int mount_named(const struct context *ctx, const char *name, bool with_id, struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO_FREE char *path = NULL;

        if (image_lookup(&ctx->store, name, &image, err) < 0 ||
            mount_image(&ctx->store, &image, &path, err) < 0)
                return -1;
        if (with_id)
                printf("%s %s\n", name, path);
        else
                printf("%s\n", path);
        return 0;
}

static int list_mounted(const struct context *ctx, const struct mount_args *args, struct error *err)
{
        AUTO_FREE char *dir = mount_dir(&ctx->store);
        AUTO_JSON json_t *json = json_array();
        AUTO(strv) ids = { 0 };

        if (args->format && !template_asks_json(args->format))
                return error_set(err, ERROR_USAGE, "only --format json is supported");
        if (mounted(&ctx->store, &ids, err) < 0)
                return -1;
        for (size_t i = 0; i < ids.count; i++) {
                AUTO_FREE char *path = path_join(dir, ids.items[i]);

                if (!args->format)
                        printf("%.12s %s\n", ids.items[i], path);
                json_array_append_new(json, json_pack("{s:s, s:[], s:s}", "id", ids.items[i],
                                                      "Repositories", "mountpoint", path));
        }
        return args->format ? template_print("json", json, stdout, err) : 0;
}

static int mount_all(const struct context *ctx, struct error *err)
{
        AUTO(image_list) list = { 0 };

        if (image_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (mount_named(ctx, list.items[i].id, true, err) < 0)
                        return -1;
        return 0;
}

static int mount_run(struct context *ctx, void *data, struct error *err)
{
        const struct mount_args *args = data;

        if (mounted_check_namespace(ctx, err) < 0)
                return -1;
        if (args->all)
                return mount_all(ctx, err);
        if (ctx->argc == 0)
                return list_mounted(ctx, args, err);
        for (int i = 0; i < ctx->argc; i++)
                if (mount_named(ctx, ctx->argv[i], ctx->argc > 1, err) < 0)
                        return -1;
        return 0;
}

const struct command cmd_image_mount = {
        .name = "image mount",
        .synopsis = "[OPTIONS] [IMAGE...]",
        .summary = "Mount images for reading, inside kelp unshare",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct mount_args),
        .options = mount_options,
        .run = mount_run,
};

static int unmount_one(const struct context *ctx, const struct mount_args *args, const char *id,
                       struct error *err)
{
        AUTO_FREE char *dir = mount_dir(&ctx->store);
        AUTO_FREE char *path = path_join(dir, id);

        if (umount2(path, args->force ? MNT_DETACH : 0) < 0)
                return error_sys(err, errno, "unmount image %.12s", id);
        (void)rmdir(path);
        printf("%s\n", id);
        return 0;
}

static int unmount_run(struct context *ctx, void *data, struct error *err)
{
        const struct mount_args *args = data;
        AUTO(strv) ids = { 0 };

        if (!args->all && ctx->argc == 0)
                return error_set(err, ERROR_USAGE,
                                 "kelp image unmount needs an image's name or ID, or --all");
        if (mounted_check_namespace(ctx, err) < 0 || mounted(&ctx->store, &ids, err) < 0)
                return -1;
        for (size_t i = 0; args->all && i < ids.count; i++)
                if (unmount_one(ctx, args, ids.items[i], err) < 0)
                        return -1;
        for (int i = 0; i < ctx->argc; i++) {
                AUTO(image) image = { 0 };

                if (image_lookup(&ctx->store, ctx->argv[i], &image, err) < 0)
                        return -1;
                if (!strv_contains(&ids, image.id))
                        return error_set(err, ERROR_STATE, "image %.12s is not mounted", image.id);
                if (unmount_one(ctx, args, image.id, err) < 0)
                        return -1;
        }
        return 0;
}

const struct command cmd_image_unmount = {
        .name = "image unmount",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Unmount images",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct mount_args),
        .options = unmount_options,
        .run = unmount_run,
};
