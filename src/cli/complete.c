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

/* The options that may stand where the word is typed: a table, and kelp's own behind it, or NULL.
 */
struct offered {
        const struct opt *options;
        const struct opt_more *more;
        bool stop_at_operand;
};

/* What stands before the typed word. */
struct position {
        const struct opt *pending; /* an option whose value is typed */
        int first;                 /* index of the first operand, or of the typed word */
        int operands;
        bool only_operands;
};

static struct position find_position(const struct offered *offered, int argc, char **argv)
{
        struct position at = { .first = argc - 1 };

        for (int i = 0; i < argc - 1; i++) {
                const char *word = argv[i];

                if (at.pending) {
                        at.pending = NULL;
                } else if (at.only_operands || word[0] != '-' || !word[1]) {
                        if (at.operands++ == 0)
                                at.first = i;
                        at.only_operands = at.only_operands || offered->stop_at_operand;
                } else if (strcmp(word, "--") == 0) {
                        at.only_operands = true;
                } else {
                        at.pending = opt_without_value(offered->options, offered->more, word);
                }
        }
        return at;
}

static void offer_flag(struct completion *c, const struct opt *o, char letter)
{
        AUTO_FREE char *word = xasprintf("--%s", o->name);
        char letter_word[3] = { '-', letter, '\0' };

        if (o->type == OPT_TYPE_REFUSED)
                return;
        complete_offer(c, word, o->help);
        if (letter && strcmp(c->typed, "-") == 0)
                complete_offer(c, letter_word, o->help);
}

static void offer_flags(struct completion *c, const struct offered *offered)
{
        const struct opt *further = offered->more ? offered->more->options : NULL;

        for (const struct opt *o = offered->options; o->name; o++)
                offer_flag(c, o, o->letter);
        for (const struct opt *o = further; o && o->name; o++)
                if (!opt_named(offered->options, o->name))
                        offer_flag(c, o, 0);
        if (offered->options != global_options)
                complete_offer(c, "--help", "Show this page");
}

/* A flag or its value, if that is what is typed. */
static bool complete_option(struct completion *c, const struct offered *offered,
                            const struct position *at)
{
        const char *equals = strchr(c->typed, '=');
        const struct opt *option = at->pending;

        if (!option && (at->only_operands || c->typed[0] != '-'))
                return false;
        if (!option && equals) {
                AUTO_FREE char *flag = xstrndup(c->typed, (size_t)(equals - c->typed));

                option = opt_without_value(offered->options, offered->more, flag);
                c->typed = equals + 1;
        }
        if (option)
                complete_value(c, option);
        else if (!equals)
                offer_flags(c, offered);
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

/* What kelp's own options say behind the command's name: candidates come from that store. */
static void take_global(const struct command *command, const struct offered *offered, int argc,
                        char **argv)
{
        AUTO_FREE void *args = xcalloc(1, command->args_size + 1);
        AUTO_FREE char **words = xcalloc((size_t)argc, sizeof(*words));
        struct error err = { 0 };

        memcpy(words, argv, (size_t)argc * sizeof(*words));
        (void)opt_parse_more(offered->options, offered->more, offered->stop_at_operand, argc - 1,
                             words, args, &err);
        opt_release(offered->options, args);
}

/* within: a group with options of its own. */
static void complete_command(struct completion *c, const struct command *command, bool within,
                             int argc, char **argv)
{
        static const struct opt none[] = { { 0 } };
        struct opt_more more = global_everywhere(&c->ctx->global);
        struct offered offered = { .options = command->options ? command->options : none,
                                   .more = within || command->commands ? NULL : &more,
                                   .stop_at_operand = command->stop_at_operand };
        struct position at = find_position(&offered, argc, argv);
        AUTO_FREE char *word = synopsis_word(command->synopsis, at.operands);
        const struct command *sub;

        if (command->commands && at.operands > 0) {
                sub = command_named(command->commands, argv[at.first]);
                if (sub)
                        complete_command(c, sub, true, argc - at.first - 1, argv + at.first + 1);
                return;
        }
        if (offered.more)
                take_global(command, &offered, argc, argv);
        if (complete_option(c, &offered, &at))
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
                complete_command(c, command, false, argc - words, argv + words);
        else if (argc <= 3)
                offer_group(c, argv[0], argc == 3 ? argv[1] : "");
}

int complete_print(struct context *ctx, bool describe, int argc, char **argv)
{
        struct completion c = { .ctx = ctx,
                                .typed = argc ? argv[argc - 1] : "",
                                .describe = describe,
                                .directive = COMPLETE_NO_FILES };
        const struct offered offered = { .options = global_options, .stop_at_operand = true };
        struct position at;
        struct error err = { 0 };

        if (argc == 0)
                return 1;
        at = find_position(&offered, argc, argv);
        if (at.operands > 0) {
                (void)opt_parse(global_options, true, at.first, argv, &ctx->global, &err);
                complete_behind(&c, argc - at.first, argv + at.first);
        } else if (!complete_option(&c, &offered, &at)) {
                offer_top(&c);
        }
        if (c.count && c.count == c.open)
                c.directive |= COMPLETE_NO_SPACE;
        printf(":%d\n", c.directive);
        return 0;
}
