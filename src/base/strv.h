/* A list of strings that owns them: argument vectors, environments, option values. */
#ifndef KELP_BASE_STRV_H
#define KELP_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

/* items is NULL-terminated once anything was added; NULL before. {0} is an empty list. */
struct strv {
        char **items;
        size_t count;
};

void strv_release(struct strv *v);
void strv_add(struct strv *v, const char *s); /* copies */
void strv_take(struct strv *v, char *s);      /* owns s from now on */
void strv_addf(struct strv *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strv_extend(struct strv *v, const struct strv *from);
void strv_add_array(struct strv *v, const char *const *items); /* NULL-terminated */
bool strv_contains(const struct strv *v, const char *s);

void strv_sort(struct strv *v); /* by bytes */

/* Remove the first `count`, which it has. */
void strv_drop(struct strv *v, size_t count);

/* Split at each separator character; empty pieces are kept ("a,,b" gives 3). */
void strv_split(struct strv *v, const char *s, char separator);

/* All of them, with that between each two; "" of an empty list. The caller frees. */
char *strv_join(const struct strv *v, const char *between);

/* Environment lists: the value behind NAME=, or NULL / set or replace NAME=value. */
const char *strv_env_get(const struct strv *v, const char *name);
void strv_env_set(struct strv *v, const char *assignment);

#endif
