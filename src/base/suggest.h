/* "Did you mean ...": the nearest of some names. */
#ifndef KELP_BASE_SUGGEST_H
#define KELP_BASE_SUGGEST_H

#include <stddef.h>

/* The candidate nearest to a mistyped word, or NULL when none is near. next(data, i) gives the
 * i-th candidate, NULL at the end; "" is no candidate. */
const char *suggest_nearest(const char *word, const char *(*next)(const void *data, size_t i),
                            const void *data);

#endif
