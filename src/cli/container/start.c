/* kelp start. */
#include "cli/container/session.h"
#include "cli/options/conf_options.h"

#include "base/cleanup.h"
#include "cli/container/starting.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "engine/container/attach.h"
#include "engine/container/log_place.h"

#include <stdio.h>

struct start_args {
        struct target_args targets;
        bool attach, interactive;
        struct opt_int sig_proxy;
        const char *detach_keys;
};
#define OPT_ARGS struct start_args

static const struct opt start_cli_options[] = {
        OPT_BOOL(0, "all", targets.all, "Start every container that does not run"),
        OPT_BOOL('a', "attach", attach, "Stay attached to the container's output"),
        OPT_STR(0, "detach-keys", detach_keys, "KEYS", "Keys that detach (ctrl-p,ctrl-q)"),
        OPT_LIST('f', "filter", targets.filters, "KEY=VALUE", "Start those that match, as in ps"),
        OPT_BOOL('i', "interactive", interactive, "Pass standard input on"),
        OPT_BOOL('l', "latest", targets.latest, "Start the newest container"),
        OPT_SWITCH(0, "sig-proxy", sig_proxy, "Pass signals on, when attached (true)"),
        { 0 },
};

/* -a with more than one container has nowhere to put their output. */
static int check(const struct context *ctx, const struct start_args *args, struct error *err)
{
        bool attach = args->attach || args->interactive;

        if (args->targets.all && ctx->argc > 0)
                return error_set(err, ERROR_USAGE,
                                 "either start all containers or the container(s) provided in the "
                                 "arguments");
        if (attach && (ctx->argc > 1 || targets_listed(&args->targets)))
                return error_set(err, ERROR_USAGE,
                                 "you cannot start and attach multiple containers at once");
        if (args->sig_proxy.value && !attach)
                return error_set(err, ERROR_USAGE, "you cannot use --sig-proxy without --attach");
        return 0;
}

static int attach_to(struct context *ctx, struct container *container,
                     const struct start_args *args, struct error *err)
{
        bool signals = !args->sig_proxy.set || args->sig_proxy.value;
        bool passed = log_driver_of(&container->spec) == LOG_DRIVER_PASSTHROUGH;
        struct stream_set streams = STREAM_SET_ALL(args->interactive);
        struct start_options options = starting_options(ctx);
        AUTO_CLOSE int socket_fd = -1;
        int rc;

        options.attach = true;
        if (container->spec.terminal)
                attach_terminal_size(&options.rows, &options.columns);
        rc = starting_here(ctx, container, &options, &socket_fd, err);
        if (rc == 1)
                rc = attach_connect(&ctx->store, container, &socket_fd, err);
        if (passed)
                streams = (struct stream_set){ 0 };
        return rc < 0 ? -1
                      : session_attach(container, socket_fd, streams, signals, args->detach_keys,
                                       NULL, err);
}

/* The exit code of the container. */
static int start_attached(struct context *ctx, const struct start_args *args, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);

        if (rc == 0)
                rc = attach_to(ctx, &container, args, err);
        container_release(&container);
        return rc;
}

static int start_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct start_args *args = data;

        if (starting_detached(ctx, name, err) < 0) {
                if (args->targets.ignore && err->kind == ERROR_NOT_FOUND)
                        return 0;
                starting_not_its_own(err);
                return -1;
        }
        printf("%s\n", name);
        return 0;
}

static int start_run(struct context *ctx, void *data, struct error *err)
{
        struct start_args *args = data;
        AUTO(strv) names = { 0 };

        args->targets.states = TARGET_STOPPED;
        if (check(ctx, args, err) < 0 || targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        if (args->attach || args->interactive)
                return start_attached(ctx, args, err);
        return for_each_operand(ctx, data, start_one, err);
}

const struct command cmd_start = {
        .name = "start",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Start containers that were made or have ended",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct start_args),
        .options = start_cli_options,
        .conf = conf_keys,
        .run = start_run,
};
