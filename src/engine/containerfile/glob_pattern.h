/* Patterns with *, ? and [a-z], compiled, and matched in time that grows with text times pattern
 * whatever they are: they come from files that others wrote. */
#ifndef KELP_ENGINE_CONTAINERFILE_GLOB_PATTERN_H
#define KELP_ENGINE_CONTAINERFILE_GLOB_PATTERN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum glob_syntax {
        /* Of paths: * and ? stay within a name, ** is any number of directories, [^a] is not a;
         * what is malformed is refused (Go's filepath.Match, and Docker's **). */
        GLOB_PATHS,
        /* Of strings, as in a shell: * is anything, [!a] and [^a] are not a, [ alone is a [. */
        GLOB_STRINGS,
};

enum glob_token_kind { GLOB_CHARACTER, GLOB_ANY, GLOB_SET, GLOB_STAR, GLOB_ALL, GLOB_DIRECTORIES };

struct glob_token {
        enum glob_token_kind kind;
        uint32_t symbol; /* GLOB_CHARACTER */
        bool negated;    /* GLOB_SET: which of the ranges it has */
        size_t first, count;
};

struct glob_range {
        uint32_t low, high;
};

struct glob_pattern {
        enum glob_syntax syntax;
        struct glob_token *tokens;
        size_t count;
        struct glob_range *ranges;
        size_t range_count;
};
void glob_pattern_release(struct glob_pattern *pattern);

/* A backslash takes the meaning from the next character. ERROR_INVALID; ERROR_TOO_LARGE. */
int glob_pattern_parse(const char *text, enum glob_syntax syntax, struct glob_pattern *pattern_out,
                       struct error *err);

/* Does it match the whole path, or one of the directories it is in? */
bool glob_pattern_holds(const struct glob_pattern *pattern, const char *path);

/* The shortest or longest match that begins at text, or (at_end) that ends where text does: its
 * length in bytes, or -1. *steps is what it may cost, and goes down; 0 left: the answer is not to
 * be relied on. A pattern for at_end is one that glob_pattern_reverse() has turned round. */
ssize_t glob_pattern_prefix(const struct glob_pattern *pattern, const char *text, size_t len,
                            bool longest, size_t *steps);
ssize_t glob_pattern_suffix(const struct glob_pattern *reversed, const char *text, size_t len,
                            bool longest, size_t *steps);
void glob_pattern_reverse(struct glob_pattern *pattern);

#endif
