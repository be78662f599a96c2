/* kelp rm. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/targets.h"
#include "engine/container/verbs.h"

#include <stdio.h>

struct rm_args {
        struct target_args targets;
        bool force, volumes;
        struct opt_int timeout;
        int code; /* of the process, by what went wrong */
};
#define OPT_ARGS struct rm_args

static const struct opt rm_options[] = {
        OPT_BOOL('a', "all", targets.all, "Remove every container"),
        OPT_LIST(0, "cidfile", targets.cidfiles, "FILE",
                 "Remove the container whose ID is in FILE"),
        OPT_BOOL('f', "force", force, "Kill it when it runs; no error when it does not exist"),
        OPT_BOOL('i', "ignore", targets.ignore, "Pass over containers that do not exist"),
        OPT_BOOL('l', "latest", targets.latest, "Remove the newest container"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_BOOL('v', "volumes", volumes, "Remove anonymous volumes too (there are none)"),
        OPT_REFUSED(0, "filter", "name the containers, or: kelp rm $(kelp ps -aqf ...)"),
        OPT_REFUSED(0, "depend", "containers do not depend on each other"),
        { 0 },
};

/* podman-rm(1): 1 when a container does not exist, 2 when one runs, 125 for all else and for both.
 */
static void note_failure(struct rm_args *args, const struct error *err)
{
        int code = err->kind == ERROR_NOT_FOUND ? 1 : err->kind == ERROR_STATE ? 2 : 125;

        args->code = args->code == 0 || args->code == code ? code : 125;
}

static int rm_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct rm_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = container_remove(&ctx->store, &container, err);
        if (rc == 0)
                printf("%s\n", name);
        else if (rc < 0)
                note_failure(args, err);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

/* --force ends it first. What cannot be ended is told when it cannot be removed. */
static void end_by_force(struct context *ctx, const char *name, int seconds)
{
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(&ctx->store, name, &container, NULL) == 0) {
                if (container.state.paused)
                        (void)container_unpause(&ctx->store, &container, NULL);
                (void)container_stop(&ctx->store, &container, seconds, NULL);
        }
        container_release(&container);
}

/* The files can have owners that only the user namespace may touch; but from inside it the
 * processes of a container, which live in another one, cannot be signalled: so all are ended
 * before. */
static int rm_run(struct context *ctx, void *data, struct error *err)
{
        struct rm_args *args = data;
        AUTO(strv) names = { 0 };
        int seconds;

        args->targets.ignore = args->targets.ignore || args->force;
        if (target_timeout(&args->timeout, &seconds, err) < 0 ||
            targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        for (size_t i = 0; args->force && i < names.count; i++)
                end_by_force(ctx, names.items[i], seconds);
        if (names.count > 0 && context_enter_userns(ctx, err) < 0)
                return -1;
        if (for_each_operand(ctx, data, rm_one, err) < 0)
                dispatch_print_error(err);
        return args->code;
}

const struct command cmd_rm = {
        .name = "rm",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Remove containers",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .max_operands = -1,
        .args_size = sizeof(struct rm_args),
        .options = rm_options,
        .run = rm_run,
};
