/* kelp attach. */
#include "engine/container/attach.h"

#include "base/cleanup.h"
#include "cli/container/session.h"
#include "cli/container/targets.h"
#include "cli/options/conf_options.h"
#include "engine/container/log_place.h"

struct attach_args {
        bool latest, no_stdin;
        struct opt_int sig_proxy;
        const char *detach_keys;
};
#define OPT_ARGS struct attach_args

static const struct opt attach_cli_options[] = {
        OPT_STR(0, "detach-keys", detach_keys, "KEYS", "Keys that detach (ctrl-p,ctrl-q)"),
        OPT_BOOL('l', "latest", latest, "Attach to the newest container"),
        OPT_BOOL(0, "no-stdin", no_stdin, "Do not pass standard input on"),
        OPT_SWITCH(0, "sig-proxy", sig_proxy, "Pass signals on (true)"),
        { 0 },
};

static int attach_run_command(struct context *ctx, void *data, struct error *err)
{
        const struct attach_args *args = data;
        bool signals = !args->sig_proxy.set || args->sig_proxy.value;
        struct container container = CONTAINER_EMPTY;
        AUTO_CLOSE int socket_fd = -1;
        AUTO(strv) words = { 0 };
        int code = -1;

        if (target_first(ctx, args->latest, 0, &words, err) < 0 ||
            container_lookup(&ctx->store, ctx->argv[0], &container, err) < 0)
                return -1;
        if (container.state.status != CONTAINER_RUNNING)
                error_set(err, ERROR_STATE, "you can only attach to running containers");
        else if (log_driver_of(&container.spec) == LOG_DRIVER_PASSTHROUGH)
                error_set(err, ERROR_STATE,
                          "this container is using the '%s' log driver, cannot attach",
                          container.spec.log_driver);
        else if (attach_connect(&ctx->store, &container, &socket_fd, err) == 0)
                code = session_attach(&container, socket_fd, STREAM_SET_ALL(!args->no_stdin),
                                      signals, args->detach_keys, NULL, err);
        container_release(&container);
        return code;
}

const struct command cmd_attach = {
        .name = "attach",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Attach to a running container",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct attach_args),
        .options = attach_cli_options,
        .conf = conf_keys,
        .run = attach_run_command,
};
