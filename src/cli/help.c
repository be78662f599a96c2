/* `kelp help`, `kelp COMMAND --help`: pages made from the tables. */
#include "cli/commands.h"

#include "cli/global.h"

#include <stdio.h>
#include <string.h>

static void print_option(const struct opt *o)
{
        char left[64];

        if (o->type == OPT_TYPE_REFUSED)
                return;
        snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-32s %s\n", left, o->help);
}

static bool same_group(const struct opt *a, const struct opt *b)
{
        return a->group == b->group || (a->group && b->group && strcmp(a->group, b->group) == 0);
}

/* Group by group, each at the place of its first option. */
static void print_options(const struct opt *options)
{
        for (const struct opt *o = options; o && o->name; o++) {
                const struct opt *before = options;

                while (before < o && (before->type == OPT_TYPE_REFUSED || !same_group(before, o)))
                        before++;
                if (before < o || o->type == OPT_TYPE_REFUSED)
                        continue;
                printf("\n%s:\n", o->group ? o->group : "Options");
                for (const struct opt *same = o; same->name; same++)
                        if (same_group(same, o))
                                print_option(same);
        }
}

static void print_overview(void)
{
        printf("kelp runs OCI containers without root.\n\nUsage:\n  kelp [OPTIONS] COMMAND "
               "[ARGUMENTS]\n");
        for (const struct command *const *c = commands; *c; c++) {
                if (command_heading(*c))
                        printf("\nCommands: %s\n", command_heading(*c));
                printf("  %-10s %s\n", (*c)->name, (*c)->summary);
        }
        print_options(global_options);
        printf("\nkelp COMMAND --help tells more about a command.\n");
}

void help_print(const struct command *command)
{
        if (!command) {
                print_overview();
                return;
        }
        printf("%s\n\nUsage:\n  kelp %s %s\n", command->summary, command->name, command->synopsis);
        print_options(command->options);
}

static int help_run(struct context *ctx, void *args, struct error *err)
{
        const struct command *command = NULL;
        int words;

        (void)args;
        if (ctx->argc > 0) {
                command = command_find(ctx->argc, ctx->argv, &words);
                if (!command)
                        return command_unknown(ctx->argv[0], ctx->argc > 1 ? ctx->argv[1] : NULL,
                                               err);
        }
        help_print(command);
        return 0;
}

const struct command cmd_help = {
        .name = "help",
        .synopsis = "[COMMAND]",
        .summary = "Show what a command does and its options",
        .complete = COMPLETE_COMMAND,
        .max_operands = 2,
        .run = help_run,
};
