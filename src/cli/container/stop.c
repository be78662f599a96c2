/* kelp stop. */
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "engine/container/verbs.h"

#include <stdio.h>

struct stop_args {
        struct target_args targets;
        struct opt_int timeout;
        int seconds;
};
#define OPT_ARGS struct stop_args

static const struct opt stop_options[] = {
        OPT_BOOL('a', "all", targets.all, "Stop every running container"),
        OPT_LIST(0, "cidfile", targets.cidfiles, "FILE", "Stop the container whose ID is in FILE"),
        OPT_BOOL('i', "ignore", targets.ignore, "Pass over containers that do not exist"),
        OPT_BOOL('l', "latest", targets.latest, "Stop the newest container"),
        OPT_LIST('f', "filter", targets.filters, "KEY=VALUE", "Stop those that match, as in ps"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_INT(0, "timeout", timeout, "SECONDS", "The same as --time"),
        { 0 },
};

/* The name is printed as it was given. */
static int stop_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct stop_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = container_stop(&ctx->store, &container, args->seconds, err);
        if (rc == 0)
                printf("%s\n", name);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int stop_run(struct context *ctx, void *data, struct error *err)
{
        struct stop_args *args = data;
        AUTO(strv) names = { 0 };

        args->targets.states = TARGET_RUNNING;
        if (target_timeout(&args->timeout, &args->seconds, err) < 0 ||
            targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return for_each_operand(ctx, data, stop_one, err);
}

const struct command cmd_stop = {
        .name = "stop",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Stop running containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct stop_args),
        .options = stop_options,
        .run = stop_run,
};
