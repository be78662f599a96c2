/* See help_podman.h. What an option is and does is printed by help.c, in one list. */
#include "cli/help_podman.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/global.h"

#include <string.h>

/* Commands that podman does not have: below its options. */
static const char *const own_commands[] = { "completion", "doctor", "oci" };

static bool is_own(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(own_commands); i++)
                if (strcmp(own_commands[i], name) == 0)
                        return true;
        return false;
}

static void print_command(FILE *out, const char *name, const char *summary)
{
        fprintf(out, "  %-12s %s\n", name, summary);
}

/* For docker's fingers; podman does not show them either. */
static bool is_hidden(const char *group)
{
        return strcmp(group, "buildx") == 0 || strcmp(group, "builder") == 0;
}

static char *group_summary(const char *group)
{
        if (strcmp(group, "system") == 0)
                return xstrdup("Manage the store and this machine");
        if (is_hidden(group))
                return xstrdup("Build images");
        return xasprintf(strchr(group, ' ') ? "Manage %s" : "Manage %ss", group);
}

/* Groups that stand before the i-th alias are not told again. */
static bool is_told(size_t end, const char *group)
{
        const char *first, *second;

        for (size_t i = 0; i < end && command_alias(i, &first, &second); i++)
                if (strcmp(first, group) == 0)
                        return true;
        return false;
}

static void print_groups(FILE *out)
{
        const char *first, *second;

        for (size_t i = 0; command_alias(i, &first, &second); i++)
                if (!is_hidden(first) && !is_told(i, first)) {
                        AUTO_FREE char *summary = group_summary(first);

                        print_command(out, first, summary);
                }
}

static void print_commands(FILE *out, bool own)
{
        for (const struct command *const *c = commands; *c; c++)
                if (is_own((*c)->name) == own)
                        print_command(out, (*c)->name, (*c)->summary);
}

void help_podman_overview(FILE *out)
{
        fprintf(out,
                "Manage %scontainers and images\n\nUsage:\n  %s [options] [command]\n\nAvailable "
                "Commands:\n",
                command_is_group("pod") ? "pods, " : "", dispatch_called_as());
        print_commands(out, false);
        print_groups(out);
        help_print_all_options(NULL, global_options, out);
        fprintf(out, "\nCommands of kelp:\n");
        print_commands(out, true);
}

/* What stands behind the group's words: one that a command is called by, or that further ones
 * follow. NULL: it is none of the group's. */
static const char *behind(const char *group, const char *words)
{
        size_t len = strlen(group);

        return strncmp(words, group, len) == 0 && words[len] == ' ' ? words + len + 1 : NULL;
}

/* A command that has several names is told by its first. */
static void print_member(FILE *out, const char *group, const char *rest,
                         const struct command *command, struct strv *told)
{
        AUTO_FREE char *word = xstrndup(rest, strcspn(rest, " "));
        AUTO_FREE char *words = xasprintf("%s %s", group, word);
        AUTO_FREE char *summary = rest[strlen(word)] ? group_summary(words) : NULL;
        const char *told_as = summary ? words : command->name;

        if (strv_contains(told, told_as))
                return;
        strv_add(told, told_as);
        print_command(out, word, summary ? summary : command->summary);
}

void help_podman_group(const char *group, FILE *out)
{
        const char *first, *second;
        const struct command *command;
        AUTO_FREE char *summary = group_summary(group);
        AUTO(strv) told = { 0 };

        fprintf(out, "%s\n\nUsage:\n  %s %s [command]\n\nAvailable Commands:\n", summary,
                dispatch_called_as(), group);
        for (size_t i = 0; (command = command_alias(i, &first, &second)); i++) {
                AUTO_FREE char *words = xasprintf("%s %s", first, second);
                const char *rest = behind(group, words);

                if (rest)
                        print_member(out, group, rest, command, &told);
        }
}

/* "[OPTIONS] CONTAINER" with podman's word for options. */
static void print_usage(const struct command *command, const char *called)
{
        static const char options[] = "[OPTIONS]";
        const char *synopsis = command->synopsis;
        bool has = strncmp(synopsis, options, strlen(options)) == 0;

        if (strcmp(command->name, "help") == 0) {
                printf("  %s %s [command]\n", dispatch_called_as(), called);
                return;
        }
        synopsis += has ? strlen(options) + (synopsis[strlen(options)] == ' ') : 0;
        printf("  %s %s%s%s%s\n", dispatch_called_as(), called, has ? " [options]" : "",
               synopsis[0] ? " " : "", synopsis);
}

void help_podman_command(const struct command *command, const char *called)
{
        printf("%s\n\nDescription:\n  %s\n\nUsage:\n", command->summary, command->summary);
        print_usage(command, called);
        help_print_all_options(command, command->options, stdout);
        if (command->notes)
                printf("\n%s", command->notes);
}

int help_podman_missing(const char *group, struct error *err)
{
        if (group[0])
                help_podman_group(group, stderr);
        else
                help_podman_overview(stderr);
        fputc('\n', stderr);
        return error_set(err, ERROR_USAGE, "missing command '%s%s%s COMMAND'", dispatch_called_as(),
                         group[0] ? " " : "", group);
}
