/* kelp start, kelp attach. */
#include "cli/session.h"

#include "base/cleanup.h"
#include "base/spawn.h"
#include "cli/global.h"
#include "engine/container/attach.h"
#include "engine/container/start.h"
#include "engine/container/state.h"

#include <stdio.h>

struct start_args {
        bool attach, interactive, no_stdin;
        const char *detach_keys;
};
#define OPT_ARGS struct start_args

static const struct opt start_cli_options[] = {
        OPT_BOOL('a', "attach", attach, "Stay attached to the container's output"),
        OPT_STR(0, "detach-keys", detach_keys, "KEYS", "Keys that detach (ctrl-p,ctrl-q)"),
        OPT_BOOL('i', "interactive", interactive, "Pass standard input on"),
        OPT_REFUSED(0, "all", "name the containers"),
        OPT_REFUSED('l', "latest", "name the container"),
        { 0 },
};

static const struct opt attach_cli_options[] = {
        OPT_STR(0, "detach-keys", detach_keys, "KEYS", "Keys that detach (ctrl-p,ctrl-q)"),
        OPT_BOOL(0, "no-stdin", no_stdin, "Do not pass standard input on"),
        OPT_REFUSED('l', "latest", "name the container"),
        { 0 },
};

/* -a with more than one container has nowhere to put their output. */
static int check(const struct context *ctx, const struct start_args *args, struct error *err)
{
        if ((args->attach || args->interactive) && ctx->argc > 1)
                return error_set(err, ERROR_USAGE,
                                 "you cannot start and attach multiple containers "
                                 "at once");
        return 0;
}

/* Returns the exit code when attached, 0 otherwise. */
static int start_container(struct context *ctx, const struct start_args *args, const char *name,
                           struct error *err)
{
        bool attach = args->attach || args->interactive;
        struct start_options options = { .attach = attach,
                                         .storage_driver = ctx->global.storage_driver,
                                         .cgroup_manager =
                                                 cgroup_manager_named(ctx->global.cgroup_manager) };
        struct container container = CONTAINER_EMPTY;
        struct userns_entry entry = { .sync_fd = -1 };
        struct userns_plan plan;
        AUTO_CLOSE int socket_fd = -1, change = -1;
        pid_t pid;
        int rc = -1;

        if (container_lookup(&ctx->store, name, &container, err) < 0)
                return -1;
        change = state_lock_change(container.dir_fd, err);
        if (change >= 0 && container_refresh(&container, err) == 0) {
                if (container.state.status == CONTAINER_RUNNING && !attach) {
                        rc = 0; /* already running is what was wanted */
                        goto out;
                }
                if (attach && container.spec.terminal)
                        attach_terminal_size(&options.rows, &options.columns);
                if (container_userns_plan(&container.spec, &plan, err) == 0 &&
                    userns_enter_begin(&plan, &entry, err) == 0)
                        rc = container_start(&ctx->store, &container, &plan, &entry, &options,
                                             &socket_fd, err);
        }
        if (rc == 0 && attach) {
                close(take_fd(&change));
                rc = session_attach(&container, socket_fd, args->interactive, true,
                                    args->detach_keys, err);
        } else if (rc == 0) {
                rc = container_started(socket_fd, &pid, err);
        }
out:
        container_release(&container);
        return rc;
}

struct start_call {
        struct context *ctx;
        const struct start_args *args;
        const char *name;
};

static int call_start(void *data, struct error *err)
{
        struct start_call *call = data;

        return start_container(call->ctx, call->args, call->name, err);
}

/* A process enters one user namespace, a container needs its own: each start in a child. */
static int start_one(struct context *ctx, void *args, const char *name, struct error *err)
{
        struct start_call call = { .ctx = ctx, .args = args, .name = name };

        if (spawn_call(call_start, &call, err) < 0)
                return -1;
        printf("%s\n", name);
        return 0;
}

static int start_run(struct context *ctx, void *data, struct error *err)
{
        const struct start_args *args = data;

        if (check(ctx, args, err) < 0)
                return -1;
        if (args->attach || args->interactive)
                return start_container(ctx, args, ctx->argv[0], err);
        return for_each_operand(ctx, data, start_one, err);
}

static int attach_run_command(struct context *ctx, void *data, struct error *err)
{
        const struct start_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO_CLOSE int socket_fd = -1;
        int code = -1;

        if (container_lookup(&ctx->store, ctx->argv[0], &container, err) < 0)
                return -1;
        if (container.state.status != CONTAINER_RUNNING)
                error_set(err, ERROR_STATE, "you can only attach to running containers");
        else if (attach_connect(&ctx->store, &container, &socket_fd, err) == 0)
                code = session_attach(&container, socket_fd, !args->no_stdin, true,
                                      args->detach_keys, err);
        container_release(&container);
        return code;
}

const struct command cmd_start = {
        .name = "start",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Start containers that were made or have ended",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct start_args),
        .options = start_cli_options,
        .run = start_run,
};

const struct command cmd_attach = {
        .name = "attach",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Attach to a running container",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct start_args),
        .options = attach_cli_options,
        .run = attach_run_command,
};
