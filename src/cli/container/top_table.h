/* The table of processes that top and pod top print: which columns, and the rows of containers. */
#ifndef KELP_CLI_CONTAINER_TOP_TABLE_H
#define KELP_CLI_CONTAINER_TOP_TABLE_H

#include "cli/container/top_field.h"
#include "cli/output/table.h"

struct top_columns {
        const struct top_field **fields;
        size_t count;
};
void top_columns_release(struct top_columns *columns);

/* "-eo LIST", "-o LIST" and plain descriptors, none: the usual ones. NULL, or the word that is no
 * descriptor. */
const char *top_columns_choose(char *const *words, int count, struct top_columns *columns);

/* The error is that a word is no descriptor: which are there? Returns -1. */
int top_columns_cure(struct error *err);

/* The headings. */
void top_table_begin(const struct top_columns *columns, struct table *table);

/* A row for each process of a running container. */
int top_table_add(const struct store *store, const struct container *container,
                  const struct top_columns *columns, struct table *table, struct error *err);

#endif
