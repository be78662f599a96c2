/* Tables for terminals: columns as wide as their widest cell. */
#ifndef KELP_CLI_OUTPUT_TABLE_H
#define KELP_CLI_OUTPUT_TABLE_H

#include "base/strv.h"

#include <stdio.h>

struct table {
        size_t columns;
        struct strv cells; /* row by row */
};

void table_release(struct table *table);

/* Print, two spaces between columns, control characters escaped. */
void table_print(const struct table *table, FILE *out);

#endif
