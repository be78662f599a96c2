/* A list of strings that owns them. */
#include "base/strv.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void strv_release(struct strv *v)
{
        for (size_t i = 0; i < v->count; i++)
                free(v->items[i]);
        free(v->items);
        *v = (struct strv){ 0 };
}

void strv_take(struct strv *v, char *s)
{
        /* Powers of two: grow when the count plus the NULL reaches one. */
        size_t need = v->count + 2;

        if (!v->items || (need & (need - 1)) == 0)
                v->items = xreallocarray(v->items, need * 2, sizeof(char *));
        v->items[v->count++] = s;
        v->items[v->count] = NULL;
}

void strv_add(struct strv *v, const char *s)
{
        strv_take(v, xstrdup(s));
}

void strv_addf(struct strv *v, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        strv_take(v, xvasprintf(format, args));
        va_end(args);
}

void strv_extend(struct strv *v, const struct strv *from)
{
        for (size_t i = 0; i < from->count; i++)
                strv_add(v, from->items[i]);
}

static int by_bytes(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
        if (v->count > 0)
                qsort(v->items, v->count, sizeof(*v->items), by_bytes);
}

void strv_drop(struct strv *v, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(v->items[i]);
        v->count -= count;
        memmove(v->items, v->items + count, (v->count + 1) * sizeof(*v->items));
}

void strv_add_array(struct strv *v, const char *const *items)
{
        for (; items && *items; items++)
                strv_add(v, *items);
}

bool strv_contains(const struct strv *v, const char *s)
{
        for (size_t i = 0; i < v->count; i++)
                if (strcmp(v->items[i], s) == 0)
                        return true;
        return false;
}

void strv_split(struct strv *v, const char *s, char separator)
{
        const char *end;

        while ((end = strchr(s, separator))) {
                strv_take(v, xstrndup(s, (size_t)(end - s)));
                s = end + 1;
        }
        strv_add(v, s);
}

/* The place of NAME in an environment list, or count. */
static size_t env_index(const struct strv *v, const char *name, size_t len)
{
        size_t i;

        for (i = 0; i < v->count; i++)
                if (strncmp(v->items[i], name, len) == 0 && v->items[i][len] == '=')
                        break;
        return i;
}

char *strv_join(const struct strv *v, const char *between)
{
        size_t gap = strlen(between), len = 1;
        char *text, *at;

        for (size_t i = 0; i < v->count; i++)
                len += strlen(v->items[i]) + gap;
        at = text = xcalloc(1, len);
        for (size_t i = 0; i < v->count; i++) {
                if (i > 0)
                        at = stpcpy(at, between);
                at = stpcpy(at, v->items[i]);
        }
        return text;
}

const char *strv_env_get(const struct strv *v, const char *name)
{
        size_t len = strlen(name);
        size_t i = env_index(v, name, len);

        return i < v->count ? v->items[i] + len + 1 : NULL;
}

void strv_env_set(struct strv *v, const char *assignment)
{
        size_t i = env_index(v, assignment, strcspn(assignment, "="));

        if (i == v->count) {
                strv_add(v, assignment);
                return;
        }
        free(v->items[i]);
        v->items[i] = xstrdup(assignment);
}
