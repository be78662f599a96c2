/* Where on a command line the typed word stands, by the same tables as the parser's. See
 * complete.h. What is wrong before it is passed over: a shell has no use for errors. */
#include "cli/complete.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/global.h"
#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

bool complete_is_called(const char *word, bool *describe_out)
{
        *describe_out = strcmp(word, "__complete") == 0;
        return *describe_out || strcmp(word, "__completeNoDesc") == 0;
}

void complete_offer(struct completion *c, const char *candidate, const char *description)
{
        size_t len = strlen(candidate);

        if (strncmp(candidate, c->typed, strlen(c->typed)) != 0)
                return;
        c->count++;
        c->open += len && strchr(":=/", candidate[len - 1]) ? 1 : 0;
        if (c->describe && description)
                printf("%s\t%s\n", candidate, description);
        else
                printf("%s\n", candidate);
}

/* What stands before the typed word. */
struct position {
        const struct opt *pending; /* an option whose value is typed */
        int first;                 /* index of the first operand, or of the typed word */
        int operands;
        bool only_operands;
};

static struct position find_position(const struct opt *options, bool stop_at_operand, int argc,
                                     char **argv)
{
        struct position at = { .first = argc - 1 };

        for (int i = 0; i < argc - 1; i++) {
                const char *word = argv[i];

                if (at.pending) {
                        at.pending = NULL;
                } else if (at.only_operands || word[0] != '-' || !word[1]) {
                        if (at.operands++ == 0)
                                at.first = i;
                        at.only_operands = at.only_operands || stop_at_operand;
                } else if (strcmp(word, "--") == 0) {
                        at.only_operands = true;
                } else {
                        at.pending = opt_without_value(options, word);
                }
        }
        return at;
}

static void offer_flags(struct completion *c, const struct opt *options)
{
        bool letters = strcmp(c->typed, "-") == 0;

        for (const struct opt *o = options; o && o->name; o++) {
                AUTO_FREE char *word = xasprintf("--%s", o->name);
                char letter[3] = { '-', o->letter, '\0' };

                if (o->type == OPT_TYPE_REFUSED)
                        continue;
                complete_offer(c, word, o->help);
                if (letters && o->letter)
                        complete_offer(c, letter, o->help);
        }
        if (options != global_options)
                complete_offer(c, "--help", "Show this page");
}

/* A flag or its value, if that is what is typed. */
static bool complete_option(struct completion *c, const struct opt *options,
                            const struct position *at)
{
        const char *equals = strchr(c->typed, '=');
        const struct opt *option = at->pending;

        if (!option && (at->only_operands || c->typed[0] != '-'))
                return false;
        if (!option && equals) {
                AUTO_FREE char *flag = xstrndup(c->typed, (size_t)(equals - c->typed));

                option = opt_without_value(options, flag);
                c->typed = equals + 1;
        }
        if (option)
                complete_value(c, option);
        else if (!equals)
                offer_flags(c, options);
        return true;
}

/* The n-th word behind the options in a synopsis; the last one again when it ends in "...". */
static char *synopsis_word(const char *synopsis, int n)
{
        AUTO(strv) words = { 0 };
        size_t i = 0, at;

        strv_split(&words, synopsis, ' ');
        if (words.count && strcmp(words.items[0], "[OPTIONS]") == 0)
                i = 1;
        at = i + (size_t)n;
        if (at >= words.count && words.count > i && strstr(words.items[words.count - 1], "..."))
                at = words.count - 1;
        return at < words.count ? xstrdup(words.items[at]) : NULL;
}

static void offer_commands(struct completion *c, const struct command *const *list)
{
        for (; *list; list++) {
                const char *space = strrchr((*list)->name, ' ');

                complete_offer(c, space ? space + 1 : (*list)->name, (*list)->summary);
        }
}

/* The words that can follow a group's name; before: those that are there already ("trust"). */
static void offer_group(struct completion *c, const char *group, const char *before)
{
        const struct command *command;
        const char *first, *second;
        AUTO(strv) seen = { 0 };
        size_t len = strlen(before);

        for (size_t i = 0; (command = command_alias(i, &first, &second)); i++) {
                AUTO_FREE char *word = NULL;

                if (strcmp(first, group) != 0 || strncmp(second, before, len) != 0 ||
                    (len && second[len] != ' '))
                        continue;
                second += len ? len + 1 : 0;
                word = xstrndup(second, strcspn(second, " "));
                if (strv_contains(&seen, word))
                        continue;
                strv_add(&seen, word);
                complete_offer(c, word, second[strlen(word)] ? NULL : command->summary);
        }
}

/* Commands, and the names of groups. */
static void offer_top(struct completion *c)
{
        AUTO(strv) seen = { 0 };
        const char *first, *second;

        offer_commands(c, commands);
        for (size_t i = 0; command_alias(i, &first, &second); i++)
                if (!strv_contains(&seen, first)) {
                        strv_add(&seen, first);
                        complete_offer(c, first, NULL);
                }
}

static void complete_command(struct completion *c, const struct command *command, int argc,
                             char **argv)
{
        static const struct opt none[] = { { 0 } };
        const struct opt *options = command->options ? command->options : none;
        struct position at = find_position(options, command->stop_at_operand, argc, argv);
        AUTO_FREE char *word = synopsis_word(command->synopsis, at.operands);
        const struct command *sub;

        if (command->commands && at.operands > 0) {
                sub = command_named(command->commands, argv[at.first]);
                if (sub)
                        complete_command(c, sub, argc - at.first - 1, argv + at.first + 1);
                return;
        }
        if (complete_option(c, options, &at))
                return;
        if (command->commands)
                offer_commands(c, command->commands);
        else if (command == command_named(commands, "help"))
                offer_top(c);
        else if (word)
                complete_operand(c, word);
}

/* argv[0] is the command or a group; the last word is typed. */
static void complete_behind(struct completion *c, int argc, char **argv)
{
        int words = 1;
        const struct command *command = command_find(argc - 1, argv, &words);

        if (command)
                complete_command(c, command, argc - words, argv + words);
        else if (argc <= 3)
                offer_group(c, argv[0], argc == 3 ? argv[1] : "");
}

int complete_print(struct context *ctx, bool describe, int argc, char **argv)
{
        struct completion c = { .ctx = ctx,
                                .typed = argc ? argv[argc - 1] : "",
                                .describe = describe,
                                .directive = COMPLETE_NO_FILES };
        struct position at;
        struct error err = { 0 };

        if (argc == 0)
                return 1;
        at = find_position(global_options, true, argc, argv);
        if (at.operands > 0) {
                (void)opt_parse(global_options, true, at.first, argv, &ctx->global, &err);
                complete_behind(&c, argc - at.first, argv + at.first);
        } else if (!complete_option(&c, global_options, &at)) {
                offer_top(&c);
        }
        if (c.count && c.count == c.open)
                c.directive |= COMPLETE_NO_SPACE;
        printf(":%d\n", c.directive);
        return 0;
}
