/* kelp kill. */
#include "base/cleanup.h"
#include "base/signal.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "engine/container/verbs.h"

#include <stdio.h>

struct kill_args {
        struct target_args targets;
        const char *signal;
        int number;
};
#define OPT_ARGS struct kill_args

static const struct opt kill_options[] = {
        OPT_BOOL('a', "all", targets.all, "Signal every running container"),
        OPT_LIST(0, "cidfile", targets.cidfiles, "FILE",
                 "Signal the container whose ID is in FILE"),
        OPT_LIST('f', "filter", targets.filters, "KEY=VALUE", "Signal those that match, as in ps"),
        OPT_BOOL('l', "latest", targets.latest, "Signal the newest container"),
        OPT_STR('s', "signal", signal, "SIGNAL", "Signal to send (SIGKILL)"),
        { 0 },
};

static int kill_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct kill_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = container_kill(&ctx->store, &container, args->number, err);
        if (rc < 0 && targets_listed(&args->targets) && err->kind == ERROR_STATE)
                rc = 1;
        if (rc == 0)
                printf("%s\n", name);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int kill_run(struct context *ctx, void *data, struct error *err)
{
        struct kill_args *args = data;
        AUTO(strv) names = { 0 };

        args->targets.states = TARGET_RUNNING;
        if (signal_parse(args->signal ? args->signal : "SIGKILL", &args->number, err) < 0 ||
            targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return for_each_operand(ctx, data, kill_one, err);
}

const struct command cmd_kill = {
        .name = "kill",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Send a signal to running containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct kill_args),
        .options = kill_options,
        .run = kill_run,
};
