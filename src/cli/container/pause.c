/* kelp pause, kelp unpause. */
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "engine/container/verbs.h"

#include <stdio.h>

struct pause_args {
        struct target_args targets;
        bool thaw;
};
#define OPT_ARGS struct pause_args

#define PAUSE_OPTIONS                                                                              \
        OPT_BOOL('a', "all", targets.all, "All of them"),                                          \
                OPT_LIST(0, "cidfile", targets.cidfiles, "FILE",                                   \
                         "The container whose ID is in FILE"),                                     \
                OPT_LIST('f', "filter", targets.filters, "KEY=VALUE",                              \
                         "Those that match, as in ps"),                                            \
                OPT_BOOL('l', "latest", targets.latest, "The newest container")

static const struct opt pause_options[] = { PAUSE_OPTIONS, { 0 } };

static int pause_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct pause_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = args->thaw ? container_unpause(&ctx->store, &container, err)
                                : container_pause(&ctx->store, &container, err);
        if (rc < 0 && targets_listed(&args->targets) && err->kind == ERROR_STATE)
                rc = 1;
        if (rc == 0)
                printf("%s\n", name);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int run(struct context *ctx, struct pause_args *args, struct error *err)
{
        AUTO(strv) names = { 0 };

        args->targets.states = args->thaw ? TARGET_PAUSED : TARGET_ACTIVE;
        if (targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return for_each_operand(ctx, args, pause_one, err);
}

static int pause_run(struct context *ctx, void *data, struct error *err)
{
        return run(ctx, data, err);
}

static int unpause_run(struct context *ctx, void *data, struct error *err)
{
        struct pause_args *args = data;

        args->thaw = true;
        return run(ctx, args, err);
}

const struct command cmd_pause = {
        .name = "pause",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Halt all processes of containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct pause_args),
        .options = pause_options,
        .run = pause_run,
};

const struct command cmd_unpause = {
        .name = "unpause",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Let the processes of paused containers go on",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct pause_args),
        .options = pause_options,
        .run = unpause_run,
};
