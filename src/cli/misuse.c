/* See misuse.h. Called by podman's name, it is said as podman says it. */
#include "cli/misuse.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/global.h"
#include "cli/help_podman.h"

/* cobra's words, which podman's users know. */
static int wrong_number(const struct context *ctx, const struct command *command, struct error *err)
{
        int least = command->min_operands, most = command->max_operands;

        if (most == 0)
                return error_set(err, ERROR_USAGE, "`%s %s` takes no arguments",
                                 dispatch_called_as(), ctx->called ? ctx->called : command->name);
        if (least == most)
                return error_set(err, ERROR_USAGE, "accepts %d arg(s), received %d", most,
                                 ctx->argc);
        if (ctx->argc < least)
                return error_set(err, ERROR_USAGE, "requires at least %d arg(s), only received %d",
                                 least, ctx->argc);
        return error_set(err, ERROR_USAGE, "accepts at most %d arg(s), received %d", most,
                         ctx->argc);
}

int misuse_check_operands(const struct context *ctx, const struct command *command,
                          struct error *err)
{
        bool right = ctx->argc >= command->min_operands &&
                     (command->max_operands < 0 || ctx->argc <= command->max_operands);

        if (right)
                return 0;
        if (global_as_podman())
                return wrong_number(ctx, command, err);
        if (ctx->argc < command->min_operands)
                error_set(err, ERROR_USAGE, "kelp %s needs %s %d argument%s", command->name,
                          command->max_operands == command->min_operands ? "exactly" : "at least",
                          command->min_operands, command->min_operands == 1 ? "" : "s");
        else if (command->max_operands == 0 && ctx->argc > 0)
                error_set(err, ERROR_USAGE, "kelp %s takes no arguments", command->name);
        else
                error_set(err, ERROR_USAGE, "kelp %s takes at most %d argument%s", command->name,
                          command->max_operands, command->max_operands == 1 ? "" : "s");
        return error_cure(err, "usage: kelp %s %s", command->name, command->synopsis);
}

/* So many of the words stand before commands: "image", "image trust". */
static int count_group(int argc, char **argv)
{
        for (int count = 1; count <= argc; count++) {
                AUTO_FREE char *words = command_words(count, argv);

                if (!command_is_group(words))
                        return count - 1;
        }
        return argc;
}

int misuse_no_command(int argc, char **argv, struct error *err)
{
        int words = count_group(argc, argv);
        AUTO_FREE char *known = command_words(words < argc ? words + 1 : argc, argv);
        AUTO_FREE char *rest = words > 1  ? command_words(words < argc ? words : argc - 1, argv + 1)
                               : argc > 1 ? xstrdup(argv[1])
                                          : NULL;

        if (global_as_podman() && words == argc)
                return help_podman_missing(known, err);
        (void)command_unknown(argv[0], rest, err);
        if (global_as_podman() && err->kind != ERROR_UNSUPPORTED)
                error_set(err, ERROR_USAGE, "unrecognized command `%s %s`", dispatch_called_as(),
                          known);
        return -1;
}
