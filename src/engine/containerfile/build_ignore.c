/* Patterns of what is left out. See build_ignore.h; the matching is glob_pattern.h's. */
#include "engine/containerfile/build_ignore.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/containerfile/glob_pattern.h"
#include "engine/containerfile/limits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct build_ignore_pattern {
        bool exception;
        char *text; /* without "!" and slashes around it */
        struct glob_pattern glob;
};

void build_ignore_release(struct build_ignore *ignore)
{
        for (size_t i = 0; i < ignore->count; i++) {
                free(ignore->patterns[i].text);
                glob_pattern_release(&ignore->patterns[i].glob);
        }
        free(ignore->patterns);
        *ignore = (struct build_ignore){ 0 };
}

static void append(struct build_ignore *ignore, const struct build_ignore_pattern *pattern)
{
        size_t count = ignore->count;

        if ((count & (count - 1)) == 0)
                ignore->patterns =
                        xreallocarray(ignore->patterns, count ? count * 2 : 1, sizeof(*pattern));
        ignore->patterns[ignore->count++] = *pattern;
}

/* Without blanks around it; the caller frees. */
static char *trimmed(const char *text, size_t len)
{
        while (len > 0 && isspace((unsigned char)*text)) {
                text++;
                len--;
        }
        while (len > 0 && isspace((unsigned char)text[len - 1]))
                len--;
        return xstrndup(text, len);
}

int build_ignore_add(struct build_ignore *ignore, const char *pattern, struct error *err)
{
        AUTO_FREE char *text = trimmed(pattern, strlen(pattern));
        struct build_ignore_pattern added = { .exception = *text == '!' };
        AUTO_FREE char *bare = trimmed(text + added.exception, strlen(text + added.exception));
        AUTO_FREE char *clean = path_clean(bare);
        const char *relative = clean + strspn(clean, "/");

        if (added.exception && !*bare)
                return error_set(err, ERROR_INVALID, "there is no pattern behind the \"!\"");
        if (!*bare || !*relative || strcmp(relative, ".") == 0)
                return 0; /* the context itself is never left out */
        if (ignore->count == LIMIT_IGNORE_ENTRIES)
                return error_set(err, ERROR_TOO_LARGE, "more than %d patterns",
                                 LIMIT_IGNORE_ENTRIES);
        if (glob_pattern_parse(relative, GLOB_PATHS, &added.glob, err) < 0)
                return -1;
        added.text = xstrdup(relative);
        append(ignore, &added);
        return 0;
}

int build_ignore_parse(struct build_ignore *ignore, const char *name, const char *text, size_t len,
                       struct error *err)
{
        const char *end = text + len;

        if (memchr(text, '\0', len))
                return error_set(err, ERROR_INVALID, "%s holds a NUL byte: it is no text", name);
        if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                text += 3;
        for (size_t number = 1; text < end; number++) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                size_t size = (size_t)((newline ? newline : end) - text);
                AUTO_FREE char *line = xstrndup(text, size);

                if (*line != '#' && build_ignore_add(ignore, line, err) < 0)
                        return error_context(err, "%s:%zu", name, number);
                text += size + (newline != NULL);
        }
        return 0;
}

bool build_ignore_matches(const struct build_ignore *ignore, const char *path)
{
        if (!*path || strcmp(path, ".") == 0)
                return false;
        for (size_t i = ignore->count; i-- > 0;)
                if (glob_pattern_holds(&ignore->patterns[i].glob, path))
                        return !ignore->patterns[i].exception;
        return false;
}

bool build_ignore_may_return(const struct build_ignore *ignore, const char *directory)
{
        size_t len = strlen(directory);

        for (size_t i = 0; i < ignore->count; i++) {
                const struct build_ignore_pattern *pattern = &ignore->patterns[i];

                if (pattern->exception && strncmp(pattern->text, directory, len) == 0 &&
                    pattern->text[len] == '/')
                        return true;
        }
        return false;
}
