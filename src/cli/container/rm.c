/* kelp rm. Containers that live in others' namespaces go before those, and a pod with its infra
 * container, when what needs that is to go too. */
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/nearest.h"
#include "engine/container/depend.h"
#include "engine/container/verbs.h"
#include "engine/container/volumes.h"
#include "engine/pod/pod.h"

#include <stdio.h>
#include <string.h>

struct rm_args {
        struct target_args targets;
        bool force, volumes, depend;
        struct opt_int timeout;
        /* while it runs */
        struct container_list list; /* as it was at the beginning */
        struct strv removed;
        struct strv ended; /* with --rm: gone once they ended */
        int code;          /* of the process, by what went wrong */
};
#define OPT_ARGS struct rm_args

static const struct opt rm_options[] = {
        OPT_BOOL('a', "all", targets.all, "Remove every container"),
        OPT_LIST(0, "cidfile", targets.cidfiles, "FILE",
                 "Remove the container whose ID is in FILE"),
        OPT_BOOL(0, "depend", depend, "Remove the containers that use its namespaces too"),
        OPT_LIST(0, "filter", targets.filters, "KEY=VALUE", "Remove those that match, as in ps"),
        OPT_BOOL('f', "force", force, "Kill it when it runs; no error when it does not exist"),
        OPT_BOOL('i', "ignore", targets.ignore, "Pass over containers that do not exist"),
        OPT_BOOL('l', "latest", targets.latest, "Remove the newest container"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_BOOL('v', "volumes", volumes, "Remove its anonymous volumes too"),
        { 0 },
};

/* podman-rm(1): 1 when a container does not exist, 2 when one runs, 125 for all else and for both.
 */
static void note_failure(struct rm_args *args, const struct error *err)
{
        int code = err->kind == ERROR_NOT_FOUND ? 1 : err->kind == ERROR_STATE ? 2 : 125;

        args->code = args->code == 0 || args->code == code ? code : 125;
}

static bool takes_pods(const struct rm_args *args)
{
        return args->depend || args->targets.all;
}

static int check_dependents(const struct rm_args *args, const struct container *container,
                            struct error *err)
{
        if (container->spec.infra && !takes_pods(args))
                return 0; /* its pod is the better reason */
        for (size_t i = 0; i < args->list.count; i++) {
                const struct container *other = &args->list.items[i];

                if (!container_depends_on(&other->spec, container) ||
                    strv_contains(&args->removed, other->id))
                        continue;
                error_set(err, ERROR_IN_USE,
                          "container %s has dependent containers which must be removed before it: "
                          "%s",
                          container->id, other->id);
                return error_cure(err, "remove them too: kelp rm --depend %s",
                                  container->spec.name);
        }
        return 0;
}

/* An infra container, with its pod, which has no other containers any more. */
static int remove_container(const struct context *ctx, const struct rm_args *args,
                            struct container *container, struct error *err)
{
        AUTO(pod) pod = { 0 };

        if (container->spec.infra && takes_pods(args) &&
            pod_lookup(&ctx->store, container->spec.pod, &pod, NULL) == 0)
                return pod_remove(&ctx->store, &pod, err);
        return container_remove(&ctx->store, container, err);
}

static int rm_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct rm_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc < 0 && err->kind == ERROR_NOT_FOUND)
                error_set(err, ERROR_NOT_FOUND,
                          "no container with ID or name \"%s\" found: no such container", name);
        if (rc == 0)
                rc = check_dependents(args, &container, err);
        if (rc == 0)
                rc = remove_container(ctx, args, &container, err);
        if (rc == 0 && (args->volumes || container.spec.auto_remove))
                container_volumes_remove(&ctx->store, &container.spec);
        if (rc == 0)
                strv_add(&args->removed, container.id);
        if (rc == 0 || (rc > 0 && strv_contains(&args->ended, name)))
                printf("%s\n", name);
        if (rc < 0)
                note_failure(args, err);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

/* --force ends it first, one that starts just now too. What cannot be ended is told when it cannot
 * be removed. */
static void end_by_force(struct context *ctx, struct rm_args *args, const char *name, int seconds)
{
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(&ctx->store, name, &container, NULL) == 0 &&
            (!container.spec.infra || takes_pods(args))) {
                (void)container_settle(&container, NULL);
                if (container.state.paused)
                        (void)container_unpause(&ctx->store, &container, NULL);
                (void)container_stop(&ctx->store, &container, seconds, NULL);
                if (container.spec.auto_remove)
                        strv_add(&args->ended, name);
        }
        container_release(&container);
}

/* Those that depend on one go before it; `seen` ends circles. */
static void add_dependents(const struct container_list *list, const struct container *container,
                           struct strv *seen, struct strv *names)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct container *other = &list->items[i];

                if (!container_depends_on(&other->spec, container) ||
                    strv_contains(seen, other->id))
                        continue;
                strv_add(seen, other->id);
                add_dependents(list, other, seen, names);
                strv_add(names, other->id);
        }
}

/* In an order in which they can be removed; with --depend with all that depend on them. */
static void put_in_order(const struct context *ctx, const struct rm_args *args, struct strv *names)
{
        AUTO(strv) seen = { 0 };
        struct strv ordered = { 0 };

        for (size_t i = 0; i < names->count; i++) {
                struct container container = CONTAINER_EMPTY;

                if (container_lookup(&ctx->store, names->items[i], &container, NULL) == 0)
                        add_dependents(&args->list, &container, &seen, &ordered);
                if (!container.id[0] || !strv_contains(&seen, container.id))
                        strv_add(&ordered, names->items[i]);
                if (container.id[0])
                        strv_add(&seen, container.id);
                container_release(&container);
        }
        strv_release(names);
        *names = ordered;
}

/* The files can have owners that only the user namespace may touch; but from inside it the
 * processes of a container, which live in another one, cannot be signalled: so all are ended
 * before. */
static int remove_all(struct context *ctx, struct rm_args *args, struct strv *names, int seconds,
                      struct error *err)
{
        for (size_t i = 0; args->force && i < names->count; i++)
                end_by_force(ctx, args, names->items[i], seconds);
        if (names->count > 0 && context_enter_userns(ctx, err) < 0)
                return -1;
        if (for_each_operand(ctx, args, rm_one, err) < 0) {
                nearest_suggest(ctx, err);
                dispatch_print_error(err);
        }
        return args->code;
}

static int rm_run(struct context *ctx, void *data, struct error *err)
{
        struct rm_args *args = data;
        AUTO(strv) names = { 0 };
        int seconds, rc = -1;

        args->targets.ignore = args->targets.ignore || args->force;
        if (target_timeout(&args->timeout, &seconds, err) < 0 ||
            targets_choose(ctx, &args->targets, &names, err) < 0 ||
            container_list_load(&ctx->store, &args->list, err) < 0)
                return -1;
        if (takes_pods(args))
                put_in_order(ctx, args, &names);
        ctx->argc = (int)names.count;
        ctx->argv = names.items;
        rc = remove_all(ctx, args, &names, seconds, err);
        container_list_release(&args->list);
        strv_release(&args->removed);
        strv_release(&args->ended);
        return rc;
}

const struct command cmd_rm = {
        .name = "rm",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Remove containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct rm_args),
        .options = rm_options,
        .run = rm_run,
};
