/* kelp mount, unmount: the files of containers that do not run, inside kelp unshare.
 *
 * A mount is where the container's own will be, at containers/ID/merged; which ones are mounted is
 * asked of the kernel.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/mounted.h"
#include "cli/output/template.h"
#include "engine/container/container_event.h"
#include "engine/container/state.h"
#include "engine/container/tree.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

struct mount_args {
        struct target_args targets;
        bool force, whole, several;
        const char *format;
        struct strv mounted; /* IDs */
};
#define OPT_ARGS struct mount_args

static const struct opt mount_options[] = {
        OPT_BOOL('a', "all", targets.all, "Mount every container that does not run"),
        OPT_STR(0, "format", format, "FORMAT", "json"),
        OPT_BOOL('l', "latest", targets.latest, "Mount the newest container"),
        OPT_BOOL(0, "no-trunc", whole, "Show whole IDs"),
        OPT_BOOL(0, "notruncate", whole, "The same as --no-trunc"),
        { 0 },
};

static const struct opt unmount_options[] = {
        OPT_BOOL('a', "all", targets.all, "Unmount every container"),
        OPT_BOOL('f', "force", force, "Also when files are open"),
        OPT_BOOL('l', "latest", targets.latest, "Unmount the newest container"),
        { 0 },
};

static char *merged_dir(const struct store *store, const char *id)
{
        return xasprintf("%s/containers/%s/merged", store->root, id);
}

/* IDs, from "ID/merged". */
static int find_mounted(const struct store *store, struct strv *ids, struct error *err)
{
        AUTO_FREE char *dir = path_join(store->root, "containers");
        AUTO(strv) paths = { 0 };

        if (mounted_below(dir, &paths, err) < 0)
                return -1;
        for (size_t i = 0; i < paths.count; i++) {
                size_t len = strcspn(paths.items[i], "/");

                if (len == CONTAINER_ID_LEN && strcmp(paths.items[i] + len, "/merged") == 0)
                        strv_take(ids, xstrndup(paths.items[i], len));
        }
        return 0;
}

static int mount_container(const struct context *ctx, const struct mount_args *args,
                           struct container *container, struct error *err)
{
        AUTO_CLOSE int change = state_lock_change(container->dir_fd, err);

        if (change < 0 || container_refresh(container, err) < 0)
                return -1;
        if (strv_contains(&args->mounted, container->id))
                return 0;
        if (container->state.status != CONTAINER_RUNNING)
                return container_tree_mount_here(&ctx->store, container, err);
        error_set(err, ERROR_STATE, "container %s runs: its files are mounted in its own namespace",
                  container->spec.name);
        return error_cure(err,
                          "use kelp cp or kelp exec, or look at /proc/%d/root outside of kelp "
                          "unshare",
                          (int)container->state.pid);
}

static int mount_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct mount_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO_FREE char *path = NULL;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = mount_container(ctx, args, &container, err);
        if (rc == 0) {
                container_event(&ctx->store, &container, "mount");
                path = merged_dir(&ctx->store, container.id);
                if (args->several)
                        printf("%s %s\n", name, path);
                else
                        printf("%s\n", path);
        }
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static json_t *mount_json(const struct context *ctx, const char *id, const char *path)
{
        struct container container = CONTAINER_EMPTY;
        json_t *json = NULL, *names = json_array();

        if (container_lookup(&ctx->store, id, &container, NULL) == 0)
                json_array_append_new(names, json_string_any(container.spec.name));
        container_release(&container);
        json = json_pack("{s:s, s:o}", "id", id, "Names", names);
        json_set_string(json, "mountpoint", path);
        return json;
}

static int list_mounted(const struct context *ctx, const struct mount_args *args, struct error *err)
{
        AUTO_JSON json_t *json = json_array();

        if (args->format && !template_asks_json(args->format))
                return error_set(err, ERROR_USAGE, "only --format json is supported");
        for (size_t i = 0; i < args->mounted.count; i++) {
                const char *id = args->mounted.items[i];
                AUTO_FREE char *path = merged_dir(&ctx->store, id);

                if (!args->format)
                        printf(args->whole ? "%s %s\n" : "%.12s %s\n", id, path);
                json_array_append_new(json, mount_json(ctx, id, path));
        }
        return args->format ? template_print("json", json, stdout, err) : 0;
}

static int mount_named(struct context *ctx, struct mount_args *args, struct error *err)
{
        AUTO(strv) names = { 0 };

        args->targets.states = TARGET_STOPPED;
        if (targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        args->several = args->targets.all || ctx->argc > 1;
        return for_each_operand(ctx, args, mount_one, err);
}

static int mount_run(struct context *ctx, void *data, struct error *err)
{
        struct mount_args *args = data;
        bool lists = ctx->argc == 0 && !args->targets.all && !args->targets.latest;
        int rc;

        if ((!lists && mounted_check_namespace(ctx, err) < 0) ||
            find_mounted(&ctx->store, &args->mounted, err) < 0)
                return -1;
        rc = lists ? list_mounted(ctx, args, err) : mount_named(ctx, args, err);
        strv_release(&args->mounted);
        return rc;
}

const struct command cmd_mount = {
        .name = "mount",
        .synopsis = "[OPTIONS] [CONTAINER...]",
        .summary = "Mount the files of stopped containers, inside kelp unshare",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct mount_args),
        .options = mount_options,
        .run = mount_run,
};

static int unmount_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct mount_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO_FREE char *path = NULL;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0 && !strv_contains(&args->mounted, container.id))
                rc = args->targets.all ? 1
                                       : error_set(err, ERROR_STATE,
                                                   "container %s is not mounted here", name);
        if (rc == 0) {
                path = merged_dir(&ctx->store, container.id);
                if (umount2(path, args->force ? MNT_DETACH : 0) < 0)
                        rc = error_sys(err, errno, "unmount container %s", name);
        }
        if (rc == 0) {
                container_event(&ctx->store, &container, "unmount");
                printf("%s\n", name);
        }
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int unmount_run(struct context *ctx, void *data, struct error *err)
{
        struct mount_args *args = data;
        AUTO(strv) names = { 0 };
        int rc;

        if (targets_choose(ctx, &args->targets, &names, err) < 0 ||
            mounted_check_namespace(ctx, err) < 0 ||
            find_mounted(&ctx->store, &args->mounted, err) < 0)
                return -1;
        rc = for_each_operand(ctx, data, unmount_one, err);
        strv_release(&args->mounted);
        return rc;
}

const struct command cmd_unmount = {
        .name = "unmount",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Unmount the files of containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct mount_args),
        .options = unmount_options,
        .run = unmount_run,
};
