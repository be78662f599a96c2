/* Allocation that cannot fail for the caller: out of memory is said once and ends the process. */
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void die(void)
{
        static const char text[] = "kelp: out of memory\n";

        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        _exit(125);
}

void *xmalloc(size_t size)
{
        void *p = malloc(size ? size : 1);

        if (!p)
                die();
        return p;
}

void *xcalloc(size_t count, size_t size)
{
        void *p = calloc(count ? count : 1, size ? size : 1);

        if (!p)
                die();
        return p;
}

void *xreallocarray(void *old, size_t count, size_t size)
{
        void *p = reallocarray(old, count ? count : 1, size);

        if (!p)
                die();
        return p;
}

char *xstrdup(const char *s)
{
        char *copy = s ? strdup(s) : NULL;

        if (s && !copy)
                die();
        return copy;
}

char *xstrndup(const char *s, size_t n)
{
        char *copy = strndup(s, n);

        if (!copy)
                die();
        return copy;
}

char *xvasprintf(const char *format, va_list args)
{
        char *text = NULL;

        if (vasprintf(&text, format, args) < 0)
                die();
        return text;
}

char *xasprintf(const char *format, ...)
{
        va_list args;
        char *text;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        return text;
}
