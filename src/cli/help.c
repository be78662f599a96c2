/* `kelp help`, `kelp COMMAND --help`: pages made from the tables. */
#include "cli/commands.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/global.h"
#include "cli/help_podman.h"
#include "cli/options/conf_options.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define HELP_WIDTH_MAX 100 /* columns; longer lines are hard to read */
#define HELP_COLUMN    35  /* where descriptions begin */

/* As wide as the terminal. */
static size_t page_width(void)
{
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2 * HELP_COLUMN)
                return 80;
        return size.ws_col < HELP_WIDTH_MAX ? size.ws_col : HELP_WIDTH_MAX;
}

/* The part of the first word that goes into a line: all of it, or up to a comma or bar when no line
 * is as long. */
static size_t piece_of(const char *text, size_t width)
{
        size_t len = strcspn(text, " "), cut = len;

        while (cut > width || (cut < len && cut > 0 && !strchr(",|", text[cut - 1])))
                cut--;
        return cut ? cut : len;
}

/* Words in lines that begin at a column; `column` is where the cursor is. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
        size_t width = page_width();
        bool word = column > indent; /* the last piece was the end of a word */

        while (*text) {
                size_t len = piece_of(text, width - indent);

                if (column > indent && column + 1 + len > width) {
                        fprintf(out, "\n%*s", (int)indent, "");
                        column = indent;
                } else if (column > indent && word) {
                        fputc(' ', out);
                        column++;
                }
                fprintf(out, "%.*s", (int)len, text);
                column += len;
                text += len;
                word = !*text || *text == ' ';
                text += strspn(text, " ");
        }
        fputc('\n', out);
}

/* What holds when it is not given stands behind: containers.conf's value goes before kelp's. */
static char *describe(const struct command *command, const struct opt *o)
{
        AUTO_FREE char *configured = command ? conf_options_value(command->conf, o) : NULL;
        const char *initial = configured ? configured : o->initial;

        if (!initial)
                return xstrdup(o->help);
        return xasprintf(o->type == OPT_TYPE_STRING ? "%s (default \"%s\")" : "%s (default %s)",
                         o->help, initial);
}

static void print_option(FILE *out, const struct command *command, const struct opt *o)
{
        AUTO_FREE char *text = NULL;
        int len;

        if (o->type == OPT_TYPE_REFUSED)
                return;
        len = fprintf(out, "  %c%c%s --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
                      o->letter ? "," : " ", o->name, o->value ? " " : "",
                      o->value ? o->value : "");
        if (len >= HELP_COLUMN) {
                fputc('\n', out);
                len = 0;
        }
        fprintf(out, "%*s", HELP_COLUMN - len, "");
        text = describe(command, o);
        print_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

static bool same_group(const struct opt *a, const struct opt *b)
{
        return a->group == b->group || (a->group && b->group && strcmp(a->group, b->group) == 0);
}

static void print_described(const struct command *command, const struct opt *first)
{
        printf("\n%s:\n", first->group ? first->group : "Options");
        for (const struct opt *o = first; o->name; o++)
                if (same_group(first, o))
                        print_option(stdout, command, o);
}

/* Only the names of a group. */
static void print_names(const struct opt *first)
{
        AUTO(strbuf) names = { 0 };

        for (const struct opt *o = first; o->name; o++)
                if (same_group(first, o) && o->type != OPT_TYPE_REFUSED)
                        strbuf_addf(&names, " --%s", o->name);
        printf("  %s:", first->group);
        print_wrapped(stdout, names.data + 1, strlen(first->group) + strlen("  :"), 4);
}

static bool is_first_of_group(const struct opt *options, const struct opt *o)
{
        for (; options < o; options++)
                if (options->type != OPT_TYPE_REFUSED && same_group(options, o))
                        return false;
        return o->type != OPT_TYPE_REFUSED;
}

/* Described, each group at the place of its first option; what is rarely needed is only named,
 * behind the others. */
static void print_options(const struct command *command, const struct opt *options, bool all)
{
        bool named = false;

        for (const struct opt *o = options; o && o->name; o++)
                if (is_first_of_group(options, o) && (!o->group || all))
                        print_described(command, o);
        for (const struct opt *o = options; o && o->name && !all; o++) {
                if (!is_first_of_group(options, o) || !o->group)
                        continue;
                if (!named)
                        printf("\nFurther options, which kelp help --all %s describes:\n",
                               command->name);
                named = true;
                print_names(o);
        }
}

void help_print_all_options(const struct command *command, const struct opt *options, FILE *out)
{
        bool any = false;

        for (const struct opt *o = options; o && o->name; o++) {
                if (!any && o->type != OPT_TYPE_REFUSED)
                        fprintf(out, "\nOptions:\n");
                any = any || o->type != OPT_TYPE_REFUSED;
                print_option(out, command, o);
        }
}

/* The first words of commands with two. */
static void print_groups(void)
{
        const char *first, *second, *last = "";
        AUTO(strv) seen = { 0 };

        for (size_t i = 0; command_alias(i, &first, &second); i++)
                if (strcmp(first, last) != 0 && !strv_contains(&seen, first)) {
                        printf("%s %s", seen.count ? "," : "", first);
                        strv_add(&seen, first);
                        last = first;
                }
        putchar('\n');
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
        print_options(NULL, global_options, true);
        printf("\nGroups of commands:");
        print_groups();
        printf("\nkelp COMMAND --help tells more about a command.\n");
}

void help_print_group(const char *group)
{
        const struct command *command;
        const char *first, *second;

        if (global_as_podman()) {
                help_podman_group(group, stdout);
                return;
        }
        printf("Usage:\n  kelp %s COMMAND [ARGUMENTS]\n\nCommands:\n", group);
        for (size_t i = 0; (command = command_alias(i, &first, &second)); i++)
                if (strcmp(first, group) == 0)
                        printf("  %-10s %s\n", second, command->summary);
        printf("\nkelp %s COMMAND --help tells more about a command.\n", group);
}

static void print_as_podman(const struct command *command, const char *called)
{
        if (command)
                help_podman_command(command, called ? called : command->name);
        else
                help_podman_overview(stdout);
}

void help_print(const struct command *command, const char *called, bool all)
{
        if (global_as_podman()) {
                print_as_podman(command, called);
                return;
        }
        if (!command) {
                print_overview();
                return;
        }
        printf("%s\n\nUsage:\n  kelp %s%s%s\n", command->summary, command->name,
               command->synopsis[0] ? " " : "", command->synopsis);
        if (command->commands)
                printf("\nCommands:\n");
        for (const struct command *const *c = command->commands; c && *c; c++)
                printf("  %-16s %s\n", (*c)->name, (*c)->summary);
        print_options(command, command->options, all);
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
        AUTO_FREE char *all = command_words(ctx->argc, ctx->argv);
        AUTO_FREE char *called = NULL;
        int words;

        if (ctx->argc > 0 && command_is_group(all)) {
                help_print_group(all);
                return 0;
        }
        if (ctx->argc > 0) {
                command = command_find(ctx->argc, ctx->argv, &words);
                if (!command)
                        return command_unknown(ctx->argv[0], ctx->argc > 1 ? ctx->argv[1] : NULL,
                                               err);
                called = command_words(words, ctx->argv);
                if (command->commands && words < ctx->argc) {
                        const struct command *group = command;

                        command = command_named(command->commands, ctx->argv[words]);
                        if (!command)
                                return command_unknown_in(group, ctx->argv[words], err);
                }
        }
        help_print(command, called, args->all);
        return 0;
}

const struct command cmd_help = {
        .name = "help",
        .synopsis = "[OPTIONS] [COMMAND]",
        .summary = "Show what a command does and its options",
        .max_operands = 3,
        .args_size = sizeof(struct help_args),
        .options = help_options,
        .run = help_run,
};
