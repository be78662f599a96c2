/* The documents that are made from the tables. Each returns -1 when the tables contradict
 * themselves or something is missing, which is said on standard error. */
#ifndef KELP_DOCS_DOCUMENTS_H
#define KELP_DOCS_DOCUMENTS_H

#include "docs/pages.h"

#include <stdio.h>

int flags_write(FILE *out, const struct pages *pages);

struct directories {
        const char *prose, *man; /* what the pages are made of, and where they are written */
};
int man_write(const struct directories *at, const struct pages *pages);

#endif
