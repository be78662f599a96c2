/* Every command that has options of its own, with all its names: what the documents are made of. */
#ifndef KELP_DOCS_PAGES_H
#define KELP_DOCS_PAGES_H

#include "base/strv.h"
#include "cli/command.h"

struct page {
        const struct command *command; /* its name is the page's */
        struct strv others;            /* its further names: "container ls" */
};

struct pages {
        struct page *items;
        size_t count;
};

/* Commands in the order of `kelp --help`, those of kelp oci behind it, then those with two words.
 */
void pages_collect(struct pages *pages_out);
void pages_release(struct pages *pages);

/* Is a name or a letter given to two options? Says which to standard error. */
bool page_has_twins(const struct command *command);

#endif
