/* kelp restart. */
#include "base/cleanup.h"
#include "cli/container/starting.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/options/conf_options.h"
#include "engine/container/container_event.h"
#include "engine/container/verbs.h"

#include <stdio.h>

struct restart_args {
        struct target_args targets;
        bool running;
        struct opt_int timeout;
        int seconds;
};
#define OPT_ARGS struct restart_args

static const struct opt restart_options[] = {
        OPT_BOOL('a', "all", targets.all, "Restart every container, running or not"),
        OPT_LIST(0, "cidfile", targets.cidfiles, "FILE",
                 "Restart the container whose ID is in FILE"),
        OPT_LIST('f', "filter", targets.filters, "KEY=VALUE", "Restart those that match, as in ps"),
        OPT_BOOL('l', "latest", targets.latest, "Restart the newest container"),
        OPT_BOOL(0, "running", running, "Restart those that run"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_INT(0, "timeout", timeout, "SECONDS", "The same as --time"),
        { 0 },
};

static int stop(const struct store *store, struct container *container, int seconds,
                struct error *err)
{
        if (container->state.paused && container_unpause(store, container, err) < 0)
                return -1;
        return container_stop(store, container, seconds, err);
}

static int restart_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct restart_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = stop(&ctx->store, &container, args->seconds, err);
        if (rc == 0)
                rc = starting_detached(ctx, container.id, err);
        if (rc == 0) {
                container_event(&ctx->store, &container, "restart");
                printf("%s\n", name);
        }
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int restart_run(struct context *ctx, void *data, struct error *err)
{
        struct restart_args *args = data;
        AUTO(strv) names = { 0 };

        if (args->running) {
                args->targets.all = true;
                args->targets.states = TARGET_RUNNING;
        }
        if (target_timeout(&args->timeout, &args->seconds, err) < 0 ||
            targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return for_each_operand(ctx, data, restart_one, err);
}

const struct command cmd_restart = {
        .name = "restart",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Stop containers and start them again",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct restart_args),
        .options = restart_options,
        .conf = conf_keys,
        .run = restart_run,
};
