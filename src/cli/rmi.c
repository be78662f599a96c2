/* kelp rmi: images, and with --force the containers that have them. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/container/verbs.h"
#include "engine/image/collect.h"
#include "engine/image/remove.h"

#include <stdio.h>
#include <string.h>

struct rmi_args {
        bool all, force, ignore;
};
#define OPT_ARGS struct rmi_args

static const struct opt rmi_options[] = {
        OPT_BOOL('a', "all", all, "Remove every image"),
        OPT_BOOL('f', "force", force, "Remove its containers and all of its names too"),
        OPT_BOOL('i', "ignore", ignore, "Pass over images that do not exist"),
        OPT_REFUSED(0, "no-prune", "layers that nothing refers to always go"),
        { 0 },
};

static int rmi_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct rmi_args *args = data;
        AUTO(image_removed) removed = { 0 };

        if (image_remove(&ctx->store, name, args->force, &removed, err) < 0)
                return (args->force || args->ignore) && err->kind == ERROR_NOT_FOUND ? 0 : -1;
        for (size_t i = 0; i < removed.untagged.count; i++)
                printf("Untagged: %s\n", removed.untagged.items[i]);
        if (removed.deleted)
                printf("Deleted: %s\n", removed.id);
        return 0;
}

/* Every image's ID becomes an operand, read-only ones left out. */
static int choose_all(struct context *ctx, struct strv *ids, struct error *err)
{
        struct image_list list;

        if (ctx->argc > 0)
                return error_set(err, ERROR_USAGE, "--all takes no names");
        if (image_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (!list.items[i].read_only && !strv_contains(ids, list.items[i].id))
                        strv_add(ids, list.items[i].id);
        image_list_release(&list);
        ctx->argc = (int)ids->count;
        ctx->argv = ids->items;
        return 0;
}

static int remove_container(struct context *ctx, const char *id, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&ctx->store, id, &container, err);

        if (rc == 0)
                rc = container_remove(&ctx->store, &container, err);
        container_release(&container);
        return rc < 0 && err->kind != ERROR_NOT_FOUND ? -1 : 0;
}

/* The containers of the images that are about to go. */
static void containers_of(struct context *ctx, struct strv *ids)
{
        AUTO(holders) holders = { 0 };

        holders_load(&ctx->store, &holders);
        for (int i = 0; i < ctx->argc; i++) {
                AUTO(image) image = { 0 };

                if (image_find(&ctx->store, ctx->argv[i], &image, NULL) < 0 ||
                    (!image.by_id && image_load_names(&ctx->store, &image, NULL) == 0 &&
                     image.names.count > 1))
                        continue; /* it only loses a name */
                for (size_t h = 0; h < holders.containers.count; h++)
                        if (strcmp(holders.image_ids.items[h], image.id) == 0)
                                strv_add(ids, holders.containers.items[h]);
        }
}

/* They are ended before this process enters the user namespace: from inside it the processes of
 * another one cannot be signalled. */
static int remove_containers(struct context *ctx, struct error *err)
{
        AUTO(strv) ids = { 0 };

        containers_of(ctx, &ids);
        for (size_t i = 0; i < ids.count; i++) {
                struct container container = CONTAINER_EMPTY;

                if (container_lookup(&ctx->store, ids.items[i], &container, NULL) == 0)
                        (void)container_stop(&ctx->store, &container, 0, NULL);
                container_release(&container);
        }
        if (context_enter_userns(ctx, err) < 0)
                return -1;
        for (size_t i = 0; i < ids.count; i++)
                if (remove_container(ctx, ids.items[i], err) < 0)
                        return -1;
        return 0;
}

/* podman-rmi(1): 1 when an image does not exist, 2 when it is in use. */
static int rmi_run(struct context *ctx, void *data, struct error *err)
{
        struct rmi_args *args = data;
        AUTO(strv) ids = { 0 };
        int rc;

        if (!args->all && ctx->argc == 0)
                return error_set(err, ERROR_USAGE,
                                 "kelp rmi needs an image's name or ID, or --all");
        if (args->all && choose_all(ctx, &ids, err) < 0)
                return -1;
        rc = args->force ? remove_containers(ctx, err) : context_enter_userns(ctx, err);
        args->force = args->force || args->all;
        if (rc == 0)
                rc = for_each_operand(ctx, data, rmi_one, err);
        if (rc < 0 && (err->kind == ERROR_NOT_FOUND || err->kind == ERROR_IN_USE)) {
                dispatch_print_error(err);
                return err->kind == ERROR_IN_USE ? 2 : 1;
        }
        return rc;
}

const struct command cmd_rmi = {
        .name = "rmi",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Remove images",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_IMAGE,
        .max_operands = -1,
        .args_size = sizeof(struct rmi_args),
        .options = rmi_options,
        .run = rmi_run,
};
