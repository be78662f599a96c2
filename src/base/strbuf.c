/* A growing string with a ceiling, so that no input from outside can grow it without bound. */
#include "base/strbuf.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_release(struct strbuf *buf)
{
        free(buf->data);
        *buf = (struct strbuf){ 0 };
}

void strbuf_reset(struct strbuf *buf)
{
        buf->len = 0;
        buf->truncated = false;
        if (buf->data)
                buf->data[0] = '\0';
}

/* Make room for extra bytes and the NUL; false when the ceiling forbids it. */
static bool reserve(struct strbuf *buf, size_t extra)
{
        size_t max = buf->max ? buf->max : STRBUF_DEFAULT_MAX;
        size_t want = buf->capacity ? buf->capacity : 64;

        if (extra > max || buf->len > max - extra)
                return false;
        while (want < buf->len + extra + 1)
                want *= 2;
        if (want > buf->capacity) {
                buf->data = xreallocarray(buf->data, want, 1);
                buf->capacity = want;
        }
        return true;
}

bool strbuf_add(struct strbuf *buf, const void *data, size_t len)
{
        size_t max = buf->max ? buf->max : STRBUF_DEFAULT_MAX;
        bool fits = reserve(buf, len);

        if (!fits) {
                buf->truncated = true;
                len = max - buf->len;
                if (!reserve(buf, len))
                        return false;
        }
        if (len)
                memcpy(buf->data + buf->len, data, len);
        buf->len += len;
        buf->data[buf->len] = '\0';
        return fits;
}

bool strbuf_adds(struct strbuf *buf, const char *s)
{
        return strbuf_add(buf, s, strlen(s));
}

bool strbuf_addc(struct strbuf *buf, char c)
{
        return strbuf_add(buf, &c, 1);
}

bool strbuf_addf(struct strbuf *buf, const char *format, ...)
{
        va_list args;
        char *text;
        bool fits;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        fits = strbuf_adds(buf, text);
        free(text);
        return fits;
}

char *strbuf_take(struct strbuf *buf)
{
        char *data = buf->data ? buf->data : xstrdup("");

        *buf = (struct strbuf){ .max = buf->max };
        return data;
}
