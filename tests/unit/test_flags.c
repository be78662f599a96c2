/* layer: cli */
/* docs/flags.md against the parser: each flag, long and short, is really parsed by its command's
 * table; what is implemented is taken, what is refused is refused by name and with the reason. */
#include "unit.h"

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/global.h"
#include "cli/opt.h"

#include <stdio.h>

#define FLAGS_MIN 400 /* fewer, and the file was not understood */

struct row {
        char letter[3], flag[64], state[256];
        bool has_argument;
};

/* "| `-d`, `--detach` | ARGUMENT | state |"; a "|" in a cell is "\|". */
static void read_row(const char *line, struct row *row)
{
        const char *at = line + strlen("| `"), *state;
        char *out = row->state;

        *row = (struct row){ 0 };
        if (at[1] != '-') {
                memcpy(row->letter, at, 2);
                at += strlen("-d`, `");
        }
        assert_int_equal(sscanf(at, "%63[^`]", row->flag), 1);
        state = strstr(at, "| refused: ");
        if (!state)
                state = strstr(at, "| implemented |");
        if (!state)
                fail_msg("no state in: %s", line);
        /* "[=POLICY]" stands behind the flag's "=" alone. */
        row->has_argument = state - at > (long)(strlen(row->flag) + strlen("` | ")) &&
                            strncmp(at + strlen(row->flag) + strlen("` | "), "[=", 2) != 0;
        for (state += 2; strcmp(state, " |") != 0 && *state; state++)
                if (strncmp(state, "\\|", 2) != 0)
                        *out++ = *state;
}

/* Podman's words, where the table has them, else kelp's. */
static char *refusal(const struct opt *options, const struct row *row)
{
        for (const struct opt *o = options; o->name; o++)
                if (strcmp(o->name, row->flag + 2) == 0 && o->as_podman)
                        return xstrdup(o->as_podman);
        return xasprintf("%s is not supported: %s", row->flag, row->state + 9);
}

static void parse(const struct command *command, const struct row *row, const char *flag)
{
        const struct opt *options = command ? command->options : global_options;
        size_t size = command ? command->args_size : sizeof(struct global_args);
        char *words[] = { (char *)flag, (char *)"1", NULL };
        bool refused = strncmp(row->state, "refused: ", 9) == 0;
        AUTO_FREE void *args = xcalloc(1, size);
        AUTO_FREE char *sentence = NULL;
        struct error err = { 0 };
        int left = opt_parse(options, false, row->has_argument ? 2 : 1, words, args, &err);

        opt_release(options, args);
        if (refused) {
                sentence = refusal(options, row);
                assert_string_equal(err.text, sentence);
                return;
        }
        if (left != 0 || strcmp(row->state, "implemented") != 0)
                fail_msg("kelp %s %s: %s; %s", command ? command->name : "", flag, row->state,
                         err.text);
}

/* Of "## kelp image ls"; NULL: the flags before the command. */
static const struct command *command_of(const char *heading)
{
        AUTO(strv) words = { 0 };
        const struct command *command;
        int used;

        if (strcmp(heading, "Before the command") == 0)
                return NULL;
        strv_split(&words, heading, ' ');
        command = command_find((int)words.count - 1, words.items + 1, &used);
        if (command && command->commands && words.count > 2)
                command = command_named(command->commands, words.items[2]);
        assert_non_null(command);
        assert_string_equal(command->name, heading + strlen("kelp "));
        return command;
}

static void test_file(void **state)
{
        AUTO_FILE FILE *file = fopen("docs/flags.md", "re");
        const struct command *command = NULL;
        char line[512];
        struct row row;
        int count = 0;

        (void)state;
        assert_non_null(file);
        while (fgets(line, sizeof(line), file)) {
                line[strcspn(line, "\n")] = '\0';
                if (strncmp(line, "## kelp ", 8) == 0 || strcmp(line, "## Before the command") == 0)
                        command = command_of(line + 3);
                if (strncmp(line, "| `-", 4) != 0)
                        continue;
                read_row(line, &row);
                parse(command, &row, row.flag);
                if (row.letter[0])
                        parse(command, &row, row.letter);
                count++;
        }
        assert_true(count > FLAGS_MIN);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_file) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
