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

static void print_described(const struct opt *first)
{
        printf("\n%s:\n", first->group ? first->group : "Options");
        for (const struct opt *o = first; o->name; o++)
                if (same_group(first, o))
                        print_option(o);
}

/* Only the names, in lines of at most 78 columns. */
static void print_names(const struct opt *first)
{
        size_t column = 0;

        printf("\n%s (kelp help --all describes them):", first->group);
        for (const struct opt *o = first; o->name; o++) {
                size_t len = strlen(" --") + strlen(o->name);

                if (!same_group(first, o) || o->type == OPT_TYPE_REFUSED)
                        continue;
                if (column == 0 || column + len > 78) {
                        printf("\n ");
                        column = 1;
                }
                printf(" --%s", o->name);
                column += len;
        }
        putchar('\n');
}

/* Group by group, each at the place of its first option. */
static void print_options(const struct opt *options, bool all)
{
        for (const struct opt *o = options; o && o->name; o++) {
                const struct opt *before = options;

                while (before < o && (before->type == OPT_TYPE_REFUSED || !same_group(before, o)))
                        before++;
                if (before < o || o->type == OPT_TYPE_REFUSED)
                        continue;
                if (o->group && !all)
                        print_names(o);
                else
                        print_described(o);
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
        print_options(global_options, true);
        printf("\nkelp COMMAND --help tells more about a command.\n");
}

void help_print(const struct command *command, bool all)
{
        if (!command) {
                print_overview();
                return;
        }
        printf("%s\n\nUsage:\n  kelp %s %s\n", command->summary, command->name, command->synopsis);
        if (command->commands)
                printf("\nCommands:\n");
        for (const struct command *const *c = command->commands; c && *c; c++)
                printf("  %-16s %s\n", (*c)->name, (*c)->summary);
        print_options(command->options, all);
        if (command->notes)
                printf("\n%s", command->notes);
}

struct help_args {
        bool all;
};
#define OPT_ARGS struct help_args

static const struct opt help_options[] = {
        OPT_BOOL('a', "all", all, "Describe the rarely needed options too"),
        { 0 },
};

static int help_run(struct context *ctx, void *data, struct error *err)
{
        const struct help_args *args = data;
        const struct command *command = NULL;
        int words;

        if (ctx->argc > 0) {
                command = command_find(ctx->argc, ctx->argv, &words);
                if (!command)
                        return command_unknown(ctx->argv[0], ctx->argc > 1 ? ctx->argv[1] : NULL,
                                               err);
                if (command->commands && words < ctx->argc)
                        command = command_named(command->commands, ctx->argv[words]);
                if (!command)
                        return command_unknown(ctx->argv[0], ctx->argv[words], err);
        }
        help_print(command, args->all);
        return 0;
}

const struct command cmd_help = {
        .name = "help",
        .synopsis = "[OPTIONS] [COMMAND]",
        .summary = "Show what a command does and its options",
        .complete = COMPLETE_COMMAND,
        .max_operands = 3,
        .args_size = sizeof(struct help_args),
        .options = help_options,
        .run = help_run,
};
