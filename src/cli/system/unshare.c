/* kelp unshare: a command in the user namespace that containers get. */
#include "cli/command.h"

#include <errno.h>
#include <unistd.h>

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>

static int unshare_run(struct context *ctx, void *args, struct error *err)
{
        const char *shell = getenv("SHELL");
        char *fallback[] = { (char *)(uintptr_t)(shell && shell[0] ? shell : "/bin/sh"), NULL };
        char **argv = ctx->argc > 0 ? ctx->argv : fallback;

        (void)args;
        /* Its mounts are its own, as in podman-unshare(1). */
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        signal(SIGPIPE, SIG_DFL);
        if (ctx->argc > 0)
                ctx->argv[ctx->argc] = NULL;
        execvp(argv[0], argv);
        error_sys(err, errno, "%s", argv[0]);
        err->kind = errno == ENOENT ? ERROR_NO_COMMAND : ERROR_CANNOT_RUN;
        return -1;
}

const struct command cmd_unshare = {
        .name = "unshare",
        .synopsis = "[COMMAND [ARGUMENT...]]",
        .summary = "Run a command in the user namespace of the containers",
        .needs = NEEDS_USERNS,
        .stop_at_operand = true,
        .max_operands = -1,
        .run = unshare_run,
};
