/* docs/flags.md: each flag of each command and its state, out of the option tables; and whether
 * run knows every flag that podman's and docker's have. */
#include "docs/documents.h"

#include "cli/commands.h"
#include "cli/global.h"
#include "cli/opt.h"
#include "docs/run_flags.h"

#include <string.h>

/* A cell of a table: "|" would end it. */
static void put_cell(FILE *out, const char *text)
{
        for (; *text; text++)
                fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void put_state(FILE *out, const struct opt *o)
{
        if (o->type != OPT_TYPE_REFUSED) {
                fputs("implemented |\n", out);
                return;
        }
        fputs("refused: ", out);
        put_cell(out, o->help);
        fputs(" |\n", out);
}

static void put_options(FILE *out, const struct opt *options)
{
        fputs("| flag | argument | state |\n|---|---|---|\n", out);
        for (const struct opt *o = options; o->name; o++) {
                const char *value = o->type == OPT_TYPE_REFUSED ? NULL : o->value;

                fputs("| ", out);
                if (o->letter)
                        fprintf(out, "`-%c`, ", o->letter);
                fprintf(out, "`--%s` | ", o->name);
                put_cell(out, value ? value : "");
                fputs(value ? " | " : "| ", out);
                put_state(out, o);
        }
}

static void put_page(FILE *out, const struct page *page)
{
        fprintf(out, "\n## kelp %s\n\n", page->command->name);
        for (size_t i = 0; i < page->others.count; i++)
                fprintf(out, "%s`kelp %s`%s", i ? ", " : "Also ", page->others.items[i],
                        i + 1 == page->others.count ? ".\n\n" : "");
        if (page->command->options && page->command->options->name)
                put_options(out, page->command->options);
        else
                fputs("No flags.\n", out);
}

/* Of podman's or docker's list: how many are implemented and refused; -1 when one is neither. */
static int put_count(FILE *out, const char *whose, const char *const *names,
                     const struct command *run)
{
        size_t taken = 0, refused = 0;
        int rc = 0;

        for (; *names; names++) {
                const struct opt *o = opt_named(run->options, *names);

                if (!o) {
                        fprintf(stderr, "kelp run does not know --%s, %s\n", *names, whose);
                        rc = -1;
                } else if (o->type == OPT_TYPE_REFUSED) {
                        refused++;
                } else {
                        taken++;
                }
        }
        fprintf(out, "| %s | %zu | %zu | %zu |\n", whose, taken + refused, taken, refused);
        return rc;
}

static int put_run(FILE *out)
{
        const struct command *run = command_named(commands, "run");
        int rc;

        fputs("\n## The run of others\n\nEach long flag of theirs has its row under `kelp run`.\n\n"
              "| flags of run | all | implemented | refused by name |\n|---|---|---|---|\n",
              out);
        rc = put_count(out, "podman 5.8", podman_run_flags, run);
        rc |= put_count(out, "docker 28, which podman has not", docker_run_flags, run);
        return rc;
}

static void put_refused_commands(FILE *out)
{
        const char *first, *second, *why;

        fputs("\n## Commands that are refused by name\n\n| command | reason |\n|---|---|\n", out);
        for (size_t i = 0; (why = command_refused(i, &first, &second)); i++)
                fprintf(out, "| `kelp %s%s%s` | %s |\n", first, second ? " " : "",
                        second ? second : "", why);
}

int flags_write(FILE *out, const struct pages *pages)
{
        int rc;

        fputs("# Flags\n\n"
              "Made by `make docs` from the tables that the parser reads. A flag is implemented, "
              "or it "
              "is refused with the\nreason; what has no row here is an unknown flag.\n",
              out);
        rc = put_run(out);
        fputs("\n## Before the command\n\n", out);
        put_options(out, global_options);
        for (size_t i = 0; i < pages->count; i++) {
                put_page(out, &pages->items[i]);
                rc |= page_has_twins(pages->items[i].command) ? -1 : 0;
        }
        put_refused_commands(out);
        return rc;
}
