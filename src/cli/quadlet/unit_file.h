/* A unit file (systemd.syntax(7)) in memory: groups, in each the assignments in their order. */
#ifndef KELP_CLI_QUADLET_UNIT_FILE_H
#define KELP_CLI_QUADLET_UNIT_FILE_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdio.h>

struct unit_line {
        char *key,
                *value; /* no white space around; continued lines are one, with a space between */
};

struct unit_group {
        char *name;
        struct unit_line *lines;
        size_t count;
};

struct unit_file {
        struct unit_group *groups;
        size_t count;
};

void unit_file_release(struct unit_file *unit);

/* Add what the text says to what is there, as a drop-in does. The path is for the error, which
 * names the line: what is neither an assignment, a group nor a comment; an assignment before the
 * first group; bytes that are no UTF-8 text, control characters. */
int unit_file_parse(struct unit_file *unit, const char *text, size_t len, const char *path,
                    struct error *err);
void unit_file_copy(struct unit_file *unit, const struct unit_file *from);

/* The group, or NULL. */
const struct unit_group *unit_file_group(const struct unit_file *unit, const char *group);

/* The last value of a key ("" when it was emptied), or NULL; points into the unit. */
const char *unit_file_get(const struct unit_file *unit, const char *group, const char *key);

/* Every value, since the last empty one. */
void unit_file_all(const struct unit_file *unit, const char *group, const char *key,
                   struct strv *values_out);

/* systemd's words for yes and no; *value_out is as it was when the key is missing or empty. */
int unit_file_bool(const struct unit_file *unit, const char *group, const char *key,
                   bool *value_out, struct error *err);

/* At the end of the group (made when it is missing) / at its beginning / in place of the last
 * assignment of the key. */
void unit_file_add(struct unit_file *unit, const char *group, const char *key, const char *value);
void unit_file_prepend(struct unit_file *unit, const char *group, const char *key,
                       const char *value);
void unit_file_set(struct unit_file *unit, const char *group, const char *key, const char *value);
void unit_file_unset(struct unit_file *unit, const char *group, const char *key);
void unit_file_rename_group(struct unit_file *unit, const char *group, const char *name);

void unit_file_write(const struct unit_file *unit, FILE *out);

#endif
