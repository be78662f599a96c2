/* kelp pod top, pod logs: what a container's top and logs show, of all containers of a pod. */
#include "base/cleanup.h"
#include "cli/container/logs.h"
#include "cli/container/top_table.h"
#include "cli/pod/pod_targets.h"

#include <stdio.h>
#include <string.h>

struct top_args {
        bool latest;
};
#define OPT_ARGS struct top_args

static const struct opt top_options[] = {
        OPT_BOOL('l', "latest", latest, "Of the newest pod"),
        { 0 },
};

/* The first operand or the newest; what follows it is in ctx, where the command takes more. */
static int take_pod(struct context *ctx, bool latest, struct pod_list *pods, struct error *err)
{
        struct pod_target_args target = { .latest = latest };
        struct context first = *ctx;

        first.argc = latest && ctx->command->max_operands != 1 ? 0 : ctx->argc > 0;
        if (pod_targets_load(&first, &target, pods, err) < 0)
                return -1;
        ctx->argc -= first.argc;
        ctx->argv += first.argc;
        return 0;
}

/* Where they have one pid namespace, each of them has the processes of all. */
static int add_rows(const struct context *ctx, const struct pod *pod,
                    const struct top_columns *columns, struct table *table, struct error *err)
{
        AUTO(container_list) list = { 0 };
        AUTO(pod_members) members = { 0 };
        bool added = false;

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        pod_members_of(&list, pod->id, &members);
        for (size_t i = 0; i < members.count; i++) {
                const struct container *c = members.items[i];

                if (c->state.status != CONTAINER_RUNNING || (added && pod->spec.share[SHARED_PID]))
                        continue;
                if (top_table_add(&ctx->store, c, columns, table, err) < 0)
                        return -1;
                added = true;
        }
        return 0;
}

static int top_run(struct context *ctx, void *data, struct error *err)
{
        const struct top_args *args = data;
        AUTO(pod_list) pods = { 0 };
        AUTO(top_columns) columns = { 0 };
        AUTO(table) table = { 0 };
        const char *other;

        if (take_pod(ctx, args->latest, &pods, err) < 0)
                return -1;
        other = top_columns_choose(ctx->argv, ctx->argc, &columns);
        if (other) {
                error_set(err, ERROR_USAGE, "%s is no descriptor", other);
                return top_columns_cure(err);
        }
        top_table_begin(&columns, &table);
        if (add_rows(ctx, &pods.items[0], &columns, &table, err) < 0)
                return -1;
        table_print(&table, stdout);
        return 0;
}

const struct command cmd_pod_top = {
        .name = "pod top",
        .synopsis = "[OPTIONS] POD [DESCRIPTOR...]",
        .summary = "Show the processes of a pod's containers",
        .needs = NEEDS_STORE,
        .stop_at_operand = true,
        .max_operands = -1,
        .args_size = sizeof(struct top_args),
        .options = top_options,
        .run = top_run,
};

struct logs_args {
        bool latest;
        const char *container;
        struct logs_request request;
};
#undef OPT_ARGS
#define OPT_ARGS struct logs_args

static const struct opt logs_options[] = {
        OPT_STR('c', "container", container, "CONTAINER", "Only this one's"),
        OPT_BOOL('l', "latest", latest, "Of the newest pod"),
        LOGS_OPTIONS(request),
        { 0 },
};

/* ERROR_NOT_FOUND: --container names none of the pod's. */
static int choose(const struct context *ctx, const struct pod *pod, const char *only,
                  struct strv *names, struct error *err)
{
        AUTO(container_list) list = { 0 };
        AUTO(pod_members) members = { 0 };
        struct container wanted = CONTAINER_EMPTY;

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        pod_members_of(&list, pod->id, &members);
        if (only)
                (void)container_lookup(&ctx->store, only, &wanted, NULL);
        for (size_t i = 0; i < members.count; i++)
                if (!only || strcmp(members.items[i]->id, wanted.id) == 0)
                        strv_add(names, members.items[i]->id);
        container_release(&wanted);
        if (only && names->count == 0)
                return error_set(err, ERROR_NOT_FOUND,
                                 "container %s is not in pod %s: no such container", only,
                                 pod->spec.name);
        return 0;
}

static int logs_run(struct context *ctx, void *data, struct error *err)
{
        const struct logs_args *args = data;
        AUTO(pod_list) pods = { 0 };
        AUTO(strv) names = { 0 };

        if (take_pod(ctx, args->latest, &pods, err) < 0 ||
            choose(ctx, &pods.items[0], args->container, &names, err) < 0)
                return -1;
        ctx->argc = (int)names.count;
        ctx->argv = names.items;
        return logs_print(ctx, &args->request, err);
}

const struct command cmd_pod_logs = {
        .name = "pod logs",
        .synopsis = "[OPTIONS] POD",
        .summary = "Show what a pod's containers printed",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct logs_args),
        .options = logs_options,
        .run = logs_run,
};
