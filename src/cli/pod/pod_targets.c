/* Which pods a verb acts on. See pod_targets.h. */
#include "cli/pod/pod_targets.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"

static int check(const struct context *ctx, const struct pod_target_args *args, struct error *err)
{
        bool named = ctx->argc > 0 || args->id_files.count > 0;

        if (args->all && args->latest)
                return error_set(err, ERROR_USAGE, "--all and --latest cannot be used together");
        if (named && (args->all || args->latest))
                return error_set(err, ERROR_USAGE, "--%s and pods cannot be used together",
                                 args->all ? "all" : "latest");
        if (named || args->all || args->latest)
                return 0;
        error_set(err, ERROR_USAGE, "kelp %s needs a pod's name or ID", ctx->command->name);
        return error_cure(err, "usage: kelp %s %s", ctx->command->name, ctx->command->synopsis);
}

static int add(const struct context *ctx, const struct pod_target_args *args, const char *name,
               struct pod_list *pods, struct error *err)
{
        pods->items = xreallocarray(pods->items, pods->count + 1, sizeof(*pods->items));
        if (pod_lookup(&ctx->store, name, &pods->items[pods->count], err) == 0) {
                pods->count++;
                return 0;
        }
        return args->ignore && err->kind == ERROR_NOT_FOUND ? 0 : -1;
}

static int add_file(const struct context *ctx, const struct pod_target_args *args, const char *path,
                    struct pod_list *pods, struct error *err)
{
        AUTO_FREE char *id = NULL;

        if (target_read_id(path, &id, err) < 0)
                return error_context(err, "reading pod ID file");
        return add(ctx, args, id, pods, err);
}

static int load_newest(const struct context *ctx, struct pod_list *pods_out, struct error *err)
{
        struct pod_list all = { 0 };

        if (pod_list_load(&ctx->store, &all, err) < 0)
                return -1;
        if (all.count == 0) {
                pod_list_release(&all);
                return error_set(err, ERROR_NOT_FOUND, "--latest: there are no pods: no such pod");
        }
        while (all.count > 1)
                pod_release(&all.items[--all.count]);
        *pods_out = all;
        return 0;
}

int pod_targets_load(struct context *ctx, const struct pod_target_args *args,
                     struct pod_list *pods_out, struct error *err)
{
        AUTO(pod_list) pods = { 0 };

        if (check(ctx, args, err) < 0)
                return -1;
        if (args->all)
                return pod_list_load(&ctx->store, pods_out, err);
        if (args->latest)
                return load_newest(ctx, pods_out, err);
        for (int i = 0; i < ctx->argc; i++)
                if (add(ctx, args, ctx->argv[i], &pods, err) < 0)
                        return -1;
        for (size_t i = 0; i < args->id_files.count; i++)
                if (add_file(ctx, args, args->id_files.items[i], &pods, err) < 0)
                        return -1;
        *err = (struct error){ 0 };
        *pods_out = pods;
        pods = (struct pod_list){ 0 };
        return 0;
}

void pod_errors_release(struct pod_errors *errors)
{
        free(errors->items);
        *errors = (struct pod_errors){ 0 };
}

void pod_errors_add(struct pod_errors *errors, const struct error *err)
{
        errors->items = xreallocarray(errors->items, errors->count + 1, sizeof(*errors->items));
        errors->items[errors->count++] = *err;
}

int pod_errors_tell(const struct pod_errors *errors)
{
        for (size_t i = 0; i < errors->count; i++)
                dispatch_print_error(&errors->items[i]);
        return errors->count == 0 ? 0 : 125;
}
