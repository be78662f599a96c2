/* Collecting the commands from the command list, the aliases, and kelp oci's own list. */
#include "docs/pages.h"

#include "base/alloc.h"
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct page *page_of(struct pages *pages, const struct command *command)
{
        for (size_t i = 0; i < pages->count; i++)
                if (pages->items[i].command == command)
                        return &pages->items[i];
        pages->items = xreallocarray(pages->items, pages->count + 1, sizeof(*pages->items));
        pages->items[pages->count] = (struct page){ .command = command };
        return &pages->items[pages->count++];
}

static void add_aliases(struct pages *pages)
{
        const char *first, *second;
        const struct command *command;

        for (size_t i = 0; (command = command_alias(i, &first, &second)); i++) {
                struct page *page = page_of(pages, command);
                char *name = xasprintf("%s %s", first, second);

                if (strcmp(name, command->name) == 0)
                        free(name);
                else
                        strv_take(&page->others, name);
        }
}

void pages_collect(struct pages *pages_out)
{
        *pages_out = (struct pages){ 0 };
        for (const struct command *const *c = commands; *c; c++) {
                page_of(pages_out, *c);
                for (const struct command *const *sub = (*c)->commands; sub && *sub; sub++)
                        page_of(pages_out, *sub);
        }
        add_aliases(pages_out);
}

void pages_release(struct pages *pages)
{
        for (size_t i = 0; i < pages->count; i++)
                strv_release(&pages->items[i].others);
        free(pages->items);
        *pages = (struct pages){ 0 };
}

bool page_has_twins(const struct command *command)
{
        bool found = false;

        for (const struct opt *a = command->options; a && a->name; a++)
                for (const struct opt *b = a + 1; b->name; b++)
                        if (strcmp(a->name, b->name) == 0 ||
                            (a->letter && a->letter == b->letter)) {
                                fprintf(stderr,
                                        "kelp %s: --%s and --%s have the same name or letter\n",
                                        command->name, a->name, b->name);
                                found = true;
                        }
        return found;
}
