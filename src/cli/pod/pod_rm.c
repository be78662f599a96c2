/* kelp pod rm, pod prune, pod exists. */
#include "base/cleanup.h"
#include "cli/confirm.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/pod/pod_removal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rm_args {
        struct pod_target_args targets;
        bool force;
        struct opt_int timeout;
};
#define OPT_ARGS struct rm_args

static const struct opt rm_options[] = {
        OPT_BOOL('a', "all", targets.all, "Remove every pod"),
        OPT_BOOL('f', "force", force, "End its containers first; no error when it does not exist"),
        OPT_BOOL('i', "ignore", targets.ignore, "Pass over pods that do not exist"),
        OPT_BOOL('l', "latest", targets.latest, "Remove the newest pod"),
        OPT_LIST(0, "pod-id-file", targets.id_files, "FILE",
                 "Remove the pod whose ID is in FILE, and the file"),
        OPT_INT('t', "time", timeout, "SECONDS", "With --force: wait this long before SIGKILL"),
        { 0 },
};

/* Those whose pods are gone. What is no ID was not written by pod create. */
static void remove_id_files(const struct context *ctx, const struct pod_target_args *args)
{
        for (size_t i = 0; i < args->id_files.count; i++) {
                AUTO_FREE char *id = NULL;
                AUTO(pod) pod = { 0 };

                if (target_read_id(args->id_files.items[i], &id, NULL) == 0 &&
                    strlen(id) == OBJECT_ID_LEN && names_is_id_prefix(id) &&
                    pod_lookup(&ctx->store, id, &pod, NULL) < 0)
                        (void)unlink(args->id_files.items[i]);
        }
}

static int remove_all(struct context *ctx, const struct rm_args *args, const struct pod_list *pods,
                      int seconds, struct error *err)
{
        AUTO(pod_errors) errors = { 0 };

        for (size_t i = 0; i < pods->count; i++)
                pod_removal_end(ctx, &pods->items[i], args->force, seconds);
        if (pods->count > 0 && context_enter_userns(ctx, err) < 0)
                return -1;
        for (size_t i = 0; i < pods->count; i++)
                if (pod_removal_remove(ctx, &pods->items[i], &errors) == 0)
                        printf("%s\n", pods->items[i].id);
        remove_id_files(ctx, &args->targets);
        fflush(stdout);
        return pod_errors_tell(&errors);
}

static int rm_run(struct context *ctx, void *data, struct error *err)
{
        struct rm_args *args = data;
        AUTO(pod_list) pods = { 0 };
        int seconds;

        if (args->timeout.set && !args->force)
                return error_set(err, ERROR_USAGE,
                                 "--force option must be specified to use the --time option");
        args->targets.ignore = args->targets.ignore || args->force;
        if (target_timeout(&args->timeout, &seconds, err) < 0)
                return -1;
        if (pod_targets_load(ctx, &args->targets, &pods, err) < 0) {
                if (err->kind != ERROR_NOT_FOUND)
                        return -1;
                dispatch_print_error(err);
                return 1;
        }
        return remove_all(ctx, args, &pods, seconds, err);
}

const struct command cmd_pod_rm = {
        .name = "pod rm",
        .synopsis = "[OPTIONS] POD...",
        .summary = "Remove pods with their containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct rm_args),
        .options = rm_options,
        .run = rm_run,
};

struct prune_args {
        bool force;
};
#undef OPT_ARGS
#define OPT_ARGS struct prune_args

static const struct opt prune_options[] = {
        OPT_BOOL('f', "force", force, "Do not ask"),
        { 0 },
};

static int prune_run(struct context *ctx, void *data, struct error *err)
{
        const struct prune_args *args = data;
        AUTO(pod_errors) errors = { 0 };
        AUTO(strv) removed = { 0 };

        if (!args->force && !confirm("WARNING! This will remove all stopped/exited pods."))
                return 0;
        if (context_enter_userns(ctx, err) < 0 ||
            pod_removal_prune(ctx, &removed, &errors, err) < 0)
                return -1;
        for (size_t i = 0; i < removed.count; i++)
                printf("%s\n", removed.items[i]);
        fflush(stdout);
        return pod_errors_tell(&errors);
}

const struct command cmd_pod_prune = {
        .name = "pod prune",
        .synopsis = "[OPTIONS]",
        .summary = "Remove all pods that have ended",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct prune_args),
        .options = prune_options,
        .run = prune_run,
};

static int exists_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(pod) pod = { 0 };

        (void)data;
        if (pod_lookup(&ctx->store, ctx->argv[0], &pod, err) == 0)
                return 0;
        return err->kind == ERROR_NOT_FOUND ? 1 : -1;
}

const struct command cmd_pod_exists = {
        .name = "pod exists",
        .synopsis = "POD",
        .summary = "Exit with 0 when there is such a pod, with 1 when there is none",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .run = exists_run,
};
