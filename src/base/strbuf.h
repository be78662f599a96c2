/* A growing string with a ceiling. */
#ifndef KELP_BASE_STRBUF_H
#define KELP_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/* data is NUL-terminated once anything was added; NULL before. {0} is an empty buffer whose
 * ceiling is STRBUF_DEFAULT_MAX. */
struct strbuf {
        char *data;
        size_t len;
        size_t capacity;
        size_t max;     /* bytes; 0: STRBUF_DEFAULT_MAX */
        bool truncated; /* something did not fit; what fits was kept */
};

#define STRBUF_DEFAULT_MAX ((size_t)64 << 20)

void strbuf_release(struct strbuf *buf);
void strbuf_reset(struct strbuf *buf); /* empty it, keep the memory */

/* Append. False (and truncated set) when the ceiling was reached. */
bool strbuf_add(struct strbuf *buf, const void *data, size_t len);
bool strbuf_adds(struct strbuf *buf, const char *s);
bool strbuf_addc(struct strbuf *buf, char c);
bool strbuf_addf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hand the string to the caller, who frees it; "" rather than NULL when empty. */
char *strbuf_take(struct strbuf *buf);

#endif
