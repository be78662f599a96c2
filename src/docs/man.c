/* docs/man/: a manual page for each command, kelp(1), and the pages of section 5. NAME, SYNOPSIS
 * and OPTIONS come from the tables, the rest from docs/man/src/, where each page has its file. */
#include "docs/documents.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/global.h"
#include "docs/prose.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define PROSE_MAX ((size_t)256 << 10)

/* A page being written. */
struct man {
        FILE *out;
        char *prose;
};

static void man_release(struct man *man)
{
        if (man->out)
                fclose(man->out);
        free(man->prose);
}

/* "kelp-image-ls": of a command's name, or of a page of section 5. */
static char *page_name(const char *name)
{
        char *dashed = xasprintf("kelp%s%s", name[0] ? "-" : "", name);

        for (char *c = dashed; *c; c++)
                if (*c == ' ')
                        *c = '-';
        return dashed;
}

static int open_page(struct man *man, const struct directories *at, const char *name, int section)
{
        AUTO_FREE char *page = page_name(name);
        AUTO_FREE char *source = xasprintf("%s/%s.md", at->prose, page);
        AUTO_FREE char *path = xasprintf("%s/%s.%d", at->man, page, section);
        struct error err = { 0 };

        if (fd_read_file(AT_FDCWD, source, PROSE_MAX, &man->prose, NULL, &err) < 0) {
                fprintf(stderr, "kelp-docs: the page of kelp %s: %s: %s\n", name, source, err.text);
                return -1;
        }
        man->out = fopen(path, "we");
        if (!man->out) {
                fprintf(stderr, "kelp-docs: %s: %s\n", path, strerror(errno));
                return -1;
        }
        fputs(".\\\" Made by make docs. The prose is in docs/man/src/.\n.TH ", man->out);
        for (const char *c = page; *c; c++)
                fprintf(man->out, *c == '-' ? "\\-" : "%c", toupper((unsigned char)*c));
        fprintf(man->out, " %d \"\" \"kelp " KELP_VERSION "\" \"kelp\"\n.SH NAME\n", section);
        prose_put_code(man->out, page, strlen(page));
        fputs(" \\- ", man->out);
        return 0;
}

static void put_option(FILE *out, const struct opt *o)
{
        AUTO_FREE char *text = NULL;

        fputs(".TP\n", out);
        if (o->letter)
                fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
        fputs("\\fB\\-\\-", out);
        prose_put_code(out, o->name, strlen(o->name));
        fputs("\\fR", out);
        if (o->value) {
                fputs(" \\fI", out);
                prose_put_code(out, o->value, strlen(o->value));
                fputs("\\fR", out);
        }
        fputc('\n', out);
        text = xasprintf(o->initial ? "%s (default %s)" : "%s", o->help, o->initial);
        prose_put_text(out, text);
}

static bool same_group(const struct opt *a, const struct opt *b)
{
        return strcmp(a->group ? a->group : "", b->group ? b->group : "") == 0;
}

/* Those of the first one's group, each group at the place of its first option. */
static void put_group(FILE *out, const struct opt *options, const struct opt *first)
{
        for (const struct opt *o = options; o < first; o++)
                if (o->type != OPT_TYPE_REFUSED && same_group(o, first))
                        return;
        if (first->group)
                fprintf(out, ".SS %s\n", first->group);
        for (const struct opt *o = first; o->name; o++)
                if (o->type != OPT_TYPE_REFUSED && same_group(o, first))
                        put_option(out, o);
}

static void put_options(FILE *out, const struct opt *options)
{
        bool refused = false, taken = false;

        for (const struct opt *o = options; o && o->name; o++) {
                refused = refused || o->type == OPT_TYPE_REFUSED;
                if (o->type == OPT_TYPE_REFUSED)
                        continue;
                if (!taken)
                        fputs(".SH OPTIONS\n", out);
                taken = true;
                put_group(out, options, o);
        }
        if (refused)
                fputs(".PP\nFlags of podman and docker that are refused stand with their reasons "
                      "in "
                      "docs/flags.md.\n",
                      out);
}

static void put_synopsis(FILE *out, const char *name, const char *synopsis)
{
        fputs("\\fBkelp ", out);
        prose_put_code(out, name, strlen(name));
        fputs("\\fR ", out);
        prose_put_code(out, synopsis, strlen(synopsis));
        fputc('\n', out);
}

static int write_command(const struct directories *at, const struct page *page)
{
        const struct command *command = page->command;
        __attribute__((cleanup(man_release))) struct man man = { 0 };

        if (open_page(&man, at, command->name, 1) < 0)
                return -1;
        prose_put_text(man.out, command->summary);
        fputs(".SH SYNOPSIS\n", man.out);
        put_synopsis(man.out, command->name, command->synopsis);
        for (size_t i = 0; i < page->others.count; i++) {
                fputs(".br\n", man.out);
                put_synopsis(man.out, page->others.items[i], command->synopsis);
        }
        prose_put_description(man.out, man.prose);
        put_options(man.out, command->options);
        prose_put_sections(man.out, man.prose);
        fputs(".SH SEE ALSO\n\\fBkelp\\fR(1)\n", man.out);
        return ferror(man.out) ? -1 : 0;
}

static void put_commands(FILE *out, const struct pages *pages)
{
        fputs(".SH COMMANDS\n", out);
        for (size_t i = 0; i < pages->count; i++) {
                const struct command *command = pages->items[i].command;
                AUTO_FREE char *page = page_name(command->name);

                fputs(".TP\n\\fB", out);
                prose_put_code(out, page, strlen(page));
                fputs("\\fR(1)\n", out);
                prose_put_text(out, command->summary);
        }
}

static int write_overview(const struct directories *at, const struct pages *pages)
{
        __attribute__((cleanup(man_release))) struct man man = { 0 };

        if (open_page(&man, at, "", 1) < 0)
                return -1;
        fputs("run OCI containers without root\n.SH SYNOPSIS\n\\fBkelp\\fR [OPTIONS] COMMAND "
              "[ARGUMENTS]\n",
              man.out);
        prose_put_description(man.out, man.prose);
        put_options(man.out, global_options);
        put_commands(man.out, pages);
        prose_put_sections(man.out, man.prose);
        return ferror(man.out) ? -1 : 0;
}

static int write_format(const struct directories *at, const char *name, const char *summary)
{
        __attribute__((cleanup(man_release))) struct man man = { 0 };

        if (open_page(&man, at, name, 5) < 0)
                return -1;
        prose_put_text(man.out, summary);
        prose_put_description(man.out, man.prose);
        prose_put_sections(man.out, man.prose);
        fputs(".SH SEE ALSO\n\\fBkelp\\fR(1)\n", man.out);
        return ferror(man.out) ? -1 : 0;
}

int man_write(const struct directories *at, const struct pages *pages)
{
        int rc = write_overview(at, pages);

        for (size_t i = 0; i < pages->count; i++)
                rc |= write_command(at, &pages->items[i]);
        rc |= write_format(at, "store", "where kelp keeps images and containers");
        rc |= write_format(at, "quadlet", "containers as services of systemd");
        rc |= write_format(at, "configuration", "the files and variables that kelp reads");
        return rc;
}
