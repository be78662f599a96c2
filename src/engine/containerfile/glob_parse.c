/* Reading a pattern: glob_pattern.h says what it may hold. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "engine/containerfile/glob_pattern.h"
#include "engine/containerfile/limits.h"

#include <string.h>

struct reader {
        const char *text, *at;
        struct glob_pattern *pattern;
        struct error *err;
};

static int malformed(const struct reader *r, const char *what)
{
        return error_set(r->err, ERROR_INVALID, "the pattern \"%.200s\" %s", r->text, what);
}

/* One character, at the next place. */
static uint32_t take(struct reader *r)
{
        size_t len = utf8_length(r->at, strlen(r->at));
        uint32_t symbol = 0;

        for (len = len ? len : 1; len > 0; len--)
                symbol = symbol << 8 | (unsigned char)*r->at++;
        return symbol;
}

static void add(struct reader *r, struct glob_token token)
{
        struct glob_pattern *pattern = r->pattern;

        pattern->tokens[pattern->count++] = token;
}

static bool is_paths(const struct reader *r)
{
        return r->pattern->syntax == GLOB_PATHS;
}

/* A member of a set, which a backslash may stand in front of; false: the text ends. */
static bool take_member(struct reader *r, uint32_t *symbol_out)
{
        if (*r->at == '\\' && r->at[1])
                r->at++;
        if (!*r->at)
                return false;
        *symbol_out = take(r);
        return true;
}

/* "a-z]" behind "[" or "[^": false when it is not closed. A bracket at the beginning is a member.
 */
static bool take_ranges(struct reader *r, struct glob_token *set)
{
        struct glob_pattern *pattern = r->pattern;
        bool first = true;

        for (; *r->at != ']' || first; first = false) {
                struct glob_range range;

                if (!take_member(r, &range.low))
                        return false;
                range.high = range.low;
                if (r->at[0] == '-' && r->at[1] && r->at[1] != ']') {
                        r->at++;
                        if (!take_member(r, &range.high))
                                return false;
                }
                pattern->ranges[pattern->range_count++] = range;
                set->count++;
        }
        r->at++;
        return true;
}

static int take_set(struct reader *r)
{
        struct glob_token set = { .kind = GLOB_SET, .first = r->pattern->range_count };
        const char *begin = r->at;

        set.negated = *r->at == '^' || (*r->at == '!' && !is_paths(r));
        if (set.negated)
                r->at++;
        if (take_ranges(r, &set)) {
                add(r, set);
                return 0;
        }
        if (is_paths(r))
                return malformed(r, "has a [ that is not closed");
        r->at = begin;
        r->pattern->range_count = set.first;
        add(r, (struct glob_token){ .kind = GLOB_CHARACTER, .symbol = '[' });
        return 0;
}

static void take_star(struct reader *r)
{
        enum glob_token_kind kind = is_paths(r) ? GLOB_STAR : GLOB_ALL;

        if (is_paths(r) && *r->at == '*') {
                r->at += r->at[1] == '/' ? 2 : 1;
                kind = *r->at ? GLOB_DIRECTORIES : GLOB_ALL;
        }
        add(r, (struct glob_token){ .kind = kind });
}

static int take_token(struct reader *r)
{
        uint32_t symbol = take(r);

        if (symbol == '*') {
                take_star(r);
                return 0;
        }
        if (symbol == '[')
                return take_set(r);
        if (symbol == '?') {
                add(r, (struct glob_token){ .kind = GLOB_ANY });
                return 0;
        }
        if (symbol == '\\' && *r->at)
                symbol = take(r);
        else if (symbol == '\\' && is_paths(r))
                return malformed(r, "ends in a backslash");
        add(r, (struct glob_token){ .kind = GLOB_CHARACTER, .symbol = symbol });
        return 0;
}

int glob_pattern_parse(const char *text, enum glob_syntax syntax, struct glob_pattern *pattern_out,
                       struct error *err)
{
        struct glob_pattern pattern = { .syntax = syntax };
        struct reader r = { .text = text, .at = text, .pattern = &pattern, .err = err };
        size_t len = strlen(text);

        if (len > LIMIT_GLOB)
                return error_set(err, ERROR_TOO_LARGE,
                                 "the pattern \"%.40s...\" is longer than %d bytes", text,
                                 LIMIT_GLOB);
        pattern.tokens = xcalloc(len + 1, sizeof(*pattern.tokens));
        pattern.ranges = xcalloc(len + 1, sizeof(*pattern.ranges));
        while (*r.at)
                if (take_token(&r) < 0) {
                        glob_pattern_release(&pattern);
                        return -1;
                }
        *pattern_out = pattern;
        return 0;
}
