/* Between toml.c (tables and keys) and toml_value.c (values). */
#ifndef KELP_BASE_TOML_SCAN_H
#define KELP_BASE_TOML_SCAN_H

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

struct toml_set {
        json_t **items;
        size_t count;
};

struct toml_scan {
        const char *p, *end;
        int line, depth;
        const char *what;
        struct error *err;
        struct toml_set opened; /* tables with a header of their own */
        struct toml_set closed; /* inline tables and arrays */
};

void toml_set_add(struct toml_set *set, json_t *json);
int toml_failed(struct toml_scan *scan, const char *why); /* -1 */
void toml_blanks(struct toml_scan *scan);
int toml_lines(struct toml_scan *scan);

/* "key = value" into a table. */
int toml_pair(struct toml_scan *scan, json_t *table);

/* A value; NULL with the error set. New reference. */
json_t *toml_value(struct toml_scan *scan);

/* A quoted string at p; multi: three quotes are allowed. */
int toml_string(struct toml_scan *scan, struct strbuf *text, bool multi);

#endif
