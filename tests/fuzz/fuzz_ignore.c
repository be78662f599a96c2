/* An ignore file; its lines are the paths that are looked for as well. */
#include "base/cleanup.h"
#include "base/utf8.h"
#include "engine/containerfile/build_ignore.h"
#include "engine/containerfile/glob_pattern.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_utf8(const char *text)
{
        for (size_t left = strlen(text), len; left > 0; text += len, left -= len)
                if ((len = utf8_length(text, left)) == 0)
                        return false;
        return true;
}

/* A pattern matches the whole text from the front exactly when it does from the end; and the
 * shortest match is none longer than the longest. */
static void check_both_ways(const char *pattern, const char *text, enum glob_syntax syntax)
{
        AUTO(glob_pattern) glob = { 0 };
        size_t len = strlen(text), steps = (size_t)1 << 30;
        ssize_t shortest, longest, back;
        struct error err;

        if (glob_pattern_parse(pattern, syntax, &glob, &err) < 0)
                return;
        shortest = glob_pattern_prefix(&glob, text, len, false, &steps);
        longest = glob_pattern_prefix(&glob, text, len, true, &steps);
        if ((shortest < 0) != (longest < 0) || shortest > longest || longest > (ssize_t)len)
                abort();
        if (longest == (ssize_t)len && syntax == GLOB_PATHS && !glob_pattern_holds(&glob, text))
                abort();
        if (syntax != GLOB_STRINGS || !is_utf8(text))
                return;
        glob_pattern_reverse(&glob);
        back = glob_pattern_suffix(&glob, text, len, true, &steps);
        if ((back == (ssize_t)len) != (longest == (ssize_t)len))
                abort();
}

/* What is below a left-out path is left out, but for exceptions. */
static void check_below(const struct build_ignore *ignore, const char *path, bool exceptions)
{
        char below[600];

        if (strlen(path) > 500 || exceptions)
                return;
        snprintf(below, sizeof(below), "%s/x", path);
        if (build_ignore_may_return(ignore, path) ||
            (build_ignore_matches(ignore, path) && !build_ignore_matches(ignore, below)))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = strndup((const char *)data, size);
        AUTO(build_ignore) ignore = { 0 };
        AUTO(strv) lines = { 0 };
        struct error err;

        strv_split(&lines, text, '\n');
        for (size_t i = 0; i + 1 < lines.count && i < 100; i++) {
                check_both_ways(lines.items[i], lines.items[i + 1], GLOB_STRINGS);
                check_both_ways(lines.items[i], lines.items[i + 1], GLOB_PATHS);
        }
        if (build_ignore_parse(&ignore, "fuzz", (const char *)data, size, &err) < 0)
                return 0;
        for (size_t i = 0; i < lines.count && i < 100; i++) {
                (void)build_ignore_matches(&ignore, lines.items[i]);
                check_below(&ignore, lines.items[i], strchr(text, '!') != NULL);
        }
        return 0;
}
