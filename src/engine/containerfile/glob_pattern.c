/* Patterns matched as a set of places in the pattern that advances with each character. See
 * glob_pattern.h.
 *
 * A place is the number of the token that comes next; behind the last one the pattern has matched.
 * A character is one of UTF-8, or a byte that is none; its symbol is its bytes as one number, which
 * orders as the characters do.
 */
#include "engine/containerfile/glob_pattern.h"

#include "base/utf8.h"
#include "engine/containerfile/limits.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64

struct places {
        uint64_t bits[LIMIT_GLOB / WORD_BITS + 1];
};

static size_t words_of(const struct glob_pattern *pattern)
{
        return pattern->count / WORD_BITS + 1;
}

static bool has(const struct places *places, size_t i)
{
        return places->bits[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

static void set(struct places *places, size_t i)
{
        places->bits[i / WORD_BITS] |= (uint64_t)1 << (i % WORD_BITS);
}

static bool has_any(const struct glob_pattern *pattern, const struct places *places)
{
        for (size_t w = 0; w < words_of(pattern); w++)
                if (places->bits[w])
                        return true;
        return false;
}

static bool has_matched(const struct glob_pattern *pattern, const struct places *places)
{
        return has(places, pattern->count);
}

void glob_pattern_release(struct glob_pattern *pattern)
{
        free(pattern->tokens);
        free(pattern->ranges);
        *pattern = (struct glob_pattern){ 0 };
}

void glob_pattern_reverse(struct glob_pattern *pattern)
{
        for (size_t i = 0; i < pattern->count / 2; i++) {
                struct glob_token *other = &pattern->tokens[pattern->count - 1 - i];
                struct glob_token token = pattern->tokens[i];

                pattern->tokens[i] = *other;
                *other = token;
        }
}

static bool may_be_empty(const struct glob_token *token)
{
        return token->kind == GLOB_STAR || token->kind == GLOB_ALL ||
               token->kind == GLOB_DIRECTORIES;
}

static void enter(const struct glob_pattern *pattern, struct places *places, size_t i)
{
        set(places, i);
        while (i < pattern->count && may_be_empty(&pattern->tokens[i]))
                set(places, ++i);
}

static bool is_in_set(const struct glob_pattern *pattern, const struct glob_token *set,
                      uint32_t symbol)
{
        for (size_t i = set->first; i < set->first + set->count; i++)
                if (symbol >= pattern->ranges[i].low && symbol <= pattern->ranges[i].high)
                        return !set->negated;
        return set->negated;
}

/* Where the token at i leads with this character. */
static void advance(const struct glob_pattern *pattern, struct places *next, size_t i,
                    uint32_t symbol)
{
        const struct glob_token *token = &pattern->tokens[i];
        bool slash = pattern->syntax == GLOB_PATHS && symbol == '/';

        switch (token->kind) {
        case GLOB_CHARACTER:
                if (symbol == token->symbol)
                        enter(pattern, next, i + 1);
                break;
        case GLOB_ANY:
                if (!slash)
                        enter(pattern, next, i + 1);
                break;
        case GLOB_SET:
                if (!slash && is_in_set(pattern, token, symbol))
                        enter(pattern, next, i + 1);
                break;
        case GLOB_STAR:
                if (!slash)
                        enter(pattern, next, i);
                break;
        case GLOB_ALL:
                enter(pattern, next, i);
                break;
        case GLOB_DIRECTORIES: /* ends behind a slash only */
                set(next, i);
                if (slash)
                        enter(pattern, next, i + 1);
                break;
        }
}

static void step(const struct glob_pattern *pattern, struct places *places, uint32_t symbol)
{
        struct places now;

        memcpy(now.bits, places->bits, words_of(pattern) * sizeof(now.bits[0]));
        memset(places->bits, 0, words_of(pattern) * sizeof(places->bits[0]));
        for (size_t w = 0; w < words_of(pattern); w++)
                for (uint64_t left = now.bits[w]; left; left &= left - 1) {
                        size_t i = w * WORD_BITS + (size_t)__builtin_ctzll(left);

                        if (i < pattern->count)
                                advance(pattern, places, i, symbol);
                }
}

static void begin(const struct glob_pattern *pattern, struct places *places)
{
        memset(places->bits, 0, words_of(pattern) * sizeof(places->bits[0]));
        enter(pattern, places, 0);
}

static uint32_t symbol_of(const char *text, size_t len)
{
        uint32_t symbol = 0;

        for (size_t i = 0; i < len; i++)
                symbol = symbol << 8 | (unsigned char)text[i];
        return symbol;
}

static size_t length_after(const char *text, size_t left)
{
        size_t len = utf8_length(text, left);

        return len ? len : 1;
}

/* Of the character that ends at text[left]. */
static size_t length_before(const char *text, size_t left)
{
        for (size_t len = 1; len <= 4 && len <= left; len++)
                if (utf8_length(text + left - len, len) == len)
                        return len;
        return 1;
}

bool glob_pattern_holds(const struct glob_pattern *pattern, const char *path)
{
        struct places places;
        size_t left = strlen(path);

        begin(pattern, &places);
        while (left > 0 && has_any(pattern, &places)) {
                size_t len = length_after(path, left);

                if (*path == '/' && has_matched(pattern, &places))
                        return true;
                step(pattern, &places, symbol_of(path, len));
                path += len;
                left -= len;
        }
        return has_matched(pattern, &places);
}

/* Does it cost more than is left? */
static bool is_spent(const struct glob_pattern *pattern, size_t *steps)
{
        if (*steps <= pattern->count) {
                *steps = 0;
                return true;
        }
        *steps -= pattern->count + 1;
        return false;
}

ssize_t glob_pattern_prefix(const struct glob_pattern *pattern, const char *text, size_t len,
                            bool longest, size_t *steps)
{
        struct places places;
        ssize_t found = -1;
        size_t done = 0;

        begin(pattern, &places);
        for (;;) {
                if (has_matched(pattern, &places))
                        found = (ssize_t)done;
                if (done == len || !has_any(pattern, &places) || (found >= 0 && !longest) ||
                    is_spent(pattern, steps))
                        return found;
                step(pattern, &places,
                     symbol_of(text + done, length_after(text + done, len - done)));
                done += length_after(text + done, len - done);
        }
}

ssize_t glob_pattern_suffix(const struct glob_pattern *reversed, const char *text, size_t len,
                            bool longest, size_t *steps)
{
        struct places places;
        ssize_t found = -1;
        size_t left = len;

        begin(reversed, &places);
        for (;;) {
                size_t size;

                if (has_matched(reversed, &places))
                        found = (ssize_t)(len - left);
                if (left == 0 || !has_any(reversed, &places) || (found >= 0 && !longest) ||
                    is_spent(reversed, steps))
                        return found;
                size = length_before(text, left);
                step(reversed, &places, symbol_of(text + left - size, size));
                left -= size;
        }
}
