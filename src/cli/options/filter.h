/* --filter KEY=VALUE: one mechanism, and a table of keys for each sort of object.
 *
 * All keys that are given must match. The values of one key are alternatives, unless its row says
 * that all must match, as labels must (podman-ps(1)). Patterns are extended regular expressions.
 */
#ifndef KELP_CLI_OPTIONS_FILTER_H
#define KELP_CLI_OPTIONS_FILTER_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/names.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

struct filter {
        const struct filter_kind *kind;
        const char *value; /* points into the word */
        /* What prepare() made of it. */
        regex_t regex;
        bool compiled; /* the regex is */
        bool yes;
        int64_t number;             /* of a time: nanoseconds, CLOCK_REALTIME */
        char id[OBJECT_ID_LEN + 1]; /* of another object; "": there is none */
};

/* A row of a table; the last has no key. */
struct filter_kind {
        const char *key;
        bool (*match)(const struct filter *filter, const void *object);
        /* NULL: nothing to prepare. The world is what the caller gave to filters_init(). */
        int (*prepare)(struct filter *filter, const void *world, struct error *err);
        bool all;            /* several values must all match */
        const char *implied; /* the value of the key alone; NULL: it needs one */
};

/* Sentences, with a "%s" for the word and the key; NULL: the common ones. */
struct filter_table {
        const struct filter_kind *kinds;
        const char *no_value, *unknown;
};

struct filters {
        struct filter *items;
        size_t count;
};
void filters_release(struct filters *filters);

/* The words stay the caller's and must live as long. ERROR_USAGE: no such key, or no value; else
 * what prepare() says. */
int filters_init(const struct filter_table *table, const struct strv *words, const void *world,
                 struct filters *filters_out, struct error *err);

/* The object is what the table's match functions take. */
bool filters_match(const struct filters *filters, const void *object);

/* Is there one of that key? */
bool filters_have(const struct filters *filters, const char *key);

/* For a row's prepare: the value is a pattern / a time, or a span before now / true or false. */
int filter_pattern(struct filter *filter, const void *world, struct error *err);
int filter_time(struct filter *filter, const void *world, struct error *err);
int filter_bool(struct filter *filter, const void *world, struct error *err);

/* For a prepare of one's own: another pattern than the value; the value is one of the words
 * (NULL-terminated), or the sentence, in which "%s" is the value, becomes the error. */
int filter_compile(struct filter *filter, const char *pattern, struct error *err);
int filter_check_word(const struct filter *filter, const char *const *words, const char *sentence,
                      struct error *err);

/* For a row's match. The text fits the pattern; the ID begins with the value or, where that has
 * other characters than an ID, fits it as a pattern; among "KEY=VALUE" pairs is the value's KEY,
 * with its VALUE if it has one. */
bool filter_fits(const struct filter *filter, const char *text);
bool filter_fits_id(const struct filter *filter, const char *id);
bool filter_has_pair(const struct filter *filter, const struct strv *pairs);

#endif
