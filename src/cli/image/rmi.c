/* kelp rmi: images, and with --force the containers that have them. */
#include "base/cleanup.h"
#include "base/spawn.h"
#include "cli/global.h"
#include "cli/nearest.h"
#include "cli/pod/pod_removal.h"
#include "engine/container/verbs.h"
#include "engine/image/collect.h"
#include "engine/image/remove.h"
#include "engine/state/events.h"

#include <stdio.h>
#include <string.h>

#define REMOVE_TRIES 10

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
        for (size_t i = 0; i < removed.untagged.count; i++) {
                events_write_image(&ctx->store, "untag", removed.id, removed.untagged.items[i]);
                printf("Untagged: %s\n", removed.untagged.items[i]);
        }
        if (removed.deleted) {
                events_write_image(&ctx->store, "remove", removed.id, removed.id);
                printf("Deleted: %s\n", removed.id);
        }
        for (size_t i = 0; i < removed.parents.count; i++) {
                events_write_image(&ctx->store, "remove", removed.parents.items[i],
                                   removed.parents.items[i]);
                printf("Deleted: %s\n", removed.parents.items[i]);
        }
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
                        if (holders.containers.items[h][0] &&
                            strcmp(holders.image_ids.items[h], image.id) == 0)
                                strv_add(ids, holders.containers.items[h]);
        }
}

struct removal {
        struct context *ctx;
        const struct strv *ids;
};

static int remove_inside(void *data, struct error *err)
{
        const struct removal *removal = data;

        if (context_enter_userns(removal->ctx, err) < 0)
                return -1;
        for (size_t i = 0; i < removal->ids->count; i++) {
                struct container container = CONTAINER_EMPTY;
                int rc = container_lookup(&removal->ctx->store, removal->ids->items[i], &container,
                                          err);

                if (rc == 0)
                        rc = container_remove(&removal->ctx->store, &container, err);
                container_release(&container);
                if (rc < 0 && err->kind != ERROR_NOT_FOUND)
                        return -1;
        }
        return 0;
}

/* An infra container goes with its pod. */
static int end_one(struct context *ctx, const char *id, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = 0;

        if (container_lookup(&ctx->store, id, &container, NULL) < 0)
                return 0;
        if (container.spec.infra)
                rc = pod_removal_force(ctx, container.spec.pod, err);
        else
                (void)container_stop(&ctx->store, &container, 0, NULL);
        container_release(&container);
        return rc;
}

/* From inside the user namespace the processes of another one cannot be signalled, so they are
 * ended out here and removed by a child. One that was started in between is ended once more. */
static int remove_containers(struct context *ctx, struct error *err)
{
        for (int tries = 0; tries < REMOVE_TRIES; tries++) {
                AUTO(strv) ids = { 0 };
                struct removal removal = { .ctx = ctx, .ids = &ids };

                containers_of(ctx, &ids);
                for (size_t i = 0; i < ids.count; i++)
                        if (end_one(ctx, ids.items[i], err) < 0)
                                return -1;
                *err = (struct error){ 0 };
                if (ids.count == 0 || spawn_call(remove_inside, &removal, err) == 0)
                        return 0;
                if (err->kind != ERROR_STATE && err->kind != ERROR_IN_USE)
                        return -1;
        }
        err->kind = ERROR_IN_USE;
        return error_context(err, "the image is in use");
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
        rc = args->force ? remove_containers(ctx, err) : 0;
        if (rc == 0)
                rc = context_enter_userns(ctx, err);
        args->force = args->force || args->all;
        if (rc == 0)
                rc = for_each_operand(ctx, data, rmi_one, err);
        if (rc < 0 && (err->kind == ERROR_NOT_FOUND || err->kind == ERROR_IN_USE)) {
                nearest_suggest(ctx, err);
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
        .max_operands = -1,
        .args_size = sizeof(struct rmi_args),
        .options = rmi_options,
        .run = rmi_run,
};
