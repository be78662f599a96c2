/* The documents that are made from the tables. Each returns -1 when the tables contradict
 * themselves or lack something, which is said on standard error. */
#ifndef KELP_DOCS_DOCUMENTS_H
#define KELP_DOCS_DOCUMENTS_H

#include "docs/pages.h"

#include <stdio.h>

int flags_write(FILE *out, const struct pages *pages);

#endif
