/* kelp exec. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "cli/command.h"
#include "cli/container/starting.h"
#include "cli/container/targets.h"
#include "cli/options/conf_options.h"
#include "cli/options/env.h"
#include "cli/options/preserve_options.h"
#include "engine/container/exec.h"
#include "engine/container/exec_session.h"

struct exec_args {
        bool detach, interactive, terminal, privileged, latest;
        const char *detach_keys, *user, *workdir;
        struct strv env, env_file;
        struct preserve_args preserve;
};
#define OPT_ARGS struct exec_args

static const struct opt exec_cli_options[] = {
        OPT_BOOL('d', "detach", detach, "Do not wait for the process"),
        OPT_STR(0, "detach-keys", detach_keys, "KEYS", "Keys that detach (ctrl-p,ctrl-q)"),
        OPT_LIST('e', "env", env, "NAME=VALUE", "Set an environment variable"),
        OPT_LIST(0, "env-file", env_file, "FILE", "Read environment variables from a file"),
        OPT_BOOL('i', "interactive", interactive, "Pass standard input on"),
        OPT_BOOL('l', "latest", latest, "In the newest container"),
        PRESERVE_OPTIONS(NULL, preserve),
        OPT_BOOL(0, "privileged", privileged, "All capabilities, no system-call filter"),
        OPT_BOOL('t', "tty", terminal, "Give the process a terminal"),
        OPT_STR('u', "user", user, "USER[:GROUP]", "User inside"),
        OPT_STR('w', "workdir", workdir, "DIRECTORY", "Working directory inside"),
        { 0 },
};

static int fill(const struct context *ctx, const struct exec_args *args,
                struct exec_options *options, struct error *err)
{
        const char *keys = args->detach_keys ? args->detach_keys : DETACH_KEYS_DEFAULT;

        for (int i = 1; i < ctx->argc; i++)
                strv_add(&options->args, ctx->argv[i]);
        if (args->workdir && args->workdir[0] != '/')
                return error_set(err, ERROR_USAGE, "workdir \"%s\" must be an absolute path",
                                 args->workdir);
        if (detach_keys_parse(keys, &options->keys, err) < 0)
                return -1;
        return env_fill(&args->env_file, &args->env, &options->env, err);
}

static int check_command(const struct context *ctx, const struct exec_args *args, struct error *err)
{
        if (ctx->argc + args->latest != 1)
                return 0;
        error_set(err, ERROR_USAGE, "must provide a non-empty command to start an exec session");
        return error_cure(err, "usage: kelp %s %s", ctx->command->name, ctx->command->synopsis);
}

static int exec_run(struct context *ctx, void *data, struct error *err)
{
        const struct exec_args *args = data;
        struct exec_options options = { .user = args->user,
                                        .workdir = args->workdir,
                                        .terminal = args->terminal,
                                        .interactive = args->interactive,
                                        .privileged = args->privileged,
                                        .detach = args->detach };
        struct container container = CONTAINER_EMPTY;
        char session[EXEC_SESSION_ID_LEN + 1] = "";
        struct preserved_fds preserve;
        AUTO(strv) words = { 0 };
        int code = -1;

        if (preserve_options_fill(&args->preserve, &preserve, err) < 0)
                return -1;
        options.preserve = preserve.count ? &preserve : NULL;
        options.session_out = session;
        if (check_command(ctx, args, err) == 0 &&
            target_first(ctx, args->latest, 1, &words, err) == 0 &&
            fill(ctx, args, &options, err) == 0 &&
            container_lookup(&ctx->store, ctx->argv[0], &container, err) == 0 &&
            container_exec(&ctx->store, &container, &options, &code, err) < 0)
                code = -1;
        /* As podman: who does not wait for the program is not told why it could not run. */
        if (code < 0 && args->detach)
                starting_not_its_own(err);
        if (session[0])
                printf("%s\n", session);
        container_release(&container);
        strv_release(&options.args);
        strv_release(&options.env);
        return code;
}

const struct command cmd_exec = {
        .name = "exec",
        .synopsis = "[OPTIONS] CONTAINER COMMAND [ARGUMENT...]",
        .summary = "Run a further command in a running container",
        .needs = NEEDS_STORE,
        .stop_at_operand = true,
        .max_operands = -1,
        .args_size = sizeof(struct exec_args),
        .options = exec_cli_options,
        .conf = conf_keys,
        .run = exec_run,
};
