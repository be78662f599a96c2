/* Memory that is there or the program ends: no caller can do better with ENOMEM on a few bytes.
 * Large buffers and anything sized by outside input are bounded by the caller first (limits.h). */
#ifndef KELP_BASE_ALLOC_H
#define KELP_BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

/* Each returns memory for the caller to free(3). xcalloc's is zeroed; xstrdup(NULL) is NULL. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *format, va_list args) __attribute__((returns_nonnull));

#endif
