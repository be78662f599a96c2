/* What is behind a $: names, defaults, patterns. build_words.h has the list. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/glob_pattern.h"
#include "engine/containerfile/limits.h"
#include "engine/containerfile/words_lexer.h"

#include <ctype.h>
#include <string.h>

static bool is_name(char c)
{
        return (c && isalnum((unsigned char)c)) || c == '_';
}

/* Its length: a word, or digits; of $12 the first alone, as in a shell. */
static size_t name_length(const char *at, bool braces)
{
        size_t len = 0;

        if (isdigit((unsigned char)*at)) {
                while (isdigit((unsigned char)at[len]) && (braces || len == 0))
                        len++;
                return len;
        }
        while (is_name(at[len]))
                len++;
        return len;
}

/* The words up to the stop, which stays in front. */
static int read_part(struct words_lexer *lexer, enum words_mode mode, const char *stops,
                     char **text_out)
{
        struct words_sink sink = { .text = { .max = lexer->max } };
        int rc = words_read(lexer, mode, stops, &sink);

        if (rc == 0 && !*lexer->at)
                rc = words_failed(lexer, "a } is missing");
        if (rc == 0)
                *text_out = strbuf_take(&sink.text);
        strbuf_release(&sink.text);
        return rc;
}

/* ${name-word}, + and ?; colon: "" counts as unset. */
static int use_word(struct words_lexer *lexer, enum words_mode mode, const char *name,
                    const char *set, char op, bool colon, struct strbuf *value)
{
        AUTO_FREE char *word = NULL;
        bool has = set && !(colon && !*set);
        bool wanted = op == '+' ? has : !has;
        int rc;

        lexer->unused += !wanted;
        rc = read_part(lexer, mode, "}", &word);
        lexer->unused -= !wanted;
        if (rc < 0)
                return -1;
        if (op == '?' && !has && lexer->unused == 0)
                return error_set(lexer->err, ERROR_INVALID, "%s: %s", name,
                                 *word ? word
                                 : set ? "is not allowed to be empty"
                                       : "is not allowed to be unset");
        if (wanted && op != '?')
                strbuf_adds(value, word);
        else if (has && op != '+')
                strbuf_adds(value, set);
        return 0;
}

static int read_pattern(struct words_lexer *lexer, const char *stops, struct glob_pattern *pattern)
{
        AUTO_FREE char *text = NULL;

        if (read_part(lexer, WORDS_PATTERN, stops, &text) < 0)
                return -1;
        if (!*text)
                return words_failed(lexer, "a pattern is empty");
        return glob_pattern_parse(text, GLOB_STRINGS, pattern, lexer->err);
}

static int check_steps(const struct words_lexer *lexer)
{
        return lexer->steps > 0 ? 0 : words_failed(lexer, "a pattern takes too long to match");
}

/* ${name#pattern}, ## , %, %%. */
static int trim(struct words_lexer *lexer, const char *set, char op, struct strbuf *value)
{
        AUTO(glob_pattern) pattern = { 0 };
        bool longest = *lexer->at == op;
        size_t len = strlen(set);
        ssize_t match;

        lexer->at += longest;
        if (read_pattern(lexer, "}", &pattern) < 0)
                return -1;
        if (op == '%') {
                glob_pattern_reverse(&pattern);
                match = glob_pattern_suffix(&pattern, set, len, longest, &lexer->steps);
        } else {
                match = glob_pattern_prefix(&pattern, set, len, longest, &lexer->steps);
        }
        if (match < 0)
                match = 0;
        strbuf_add(value, op == '%' ? set : set + match, len - (size_t)match);
        return check_steps(lexer);
}

/* Each match, or the first, made `with`. */
static void replace_matches(struct words_lexer *lexer, const struct glob_pattern *pattern,
                            const char *set, const char *with, bool all, struct strbuf *value)
{
        size_t len = strlen(set), at = 0;

        while (at < len && lexer->steps > 0) {
                ssize_t match =
                        glob_pattern_prefix(pattern, set + at, len - at, true, &lexer->steps);

                if (match <= 0) {
                        strbuf_addc(value, set[at++]);
                        continue;
                }
                strbuf_adds(value, with);
                at += (size_t)match;
                if (!all)
                        break;
        }
        strbuf_add(value, set + at, len - at);
}

static void replace_end(struct words_lexer *lexer, struct glob_pattern *pattern, const char *set,
                        const char *with, bool at_end, struct strbuf *value)
{
        size_t len = strlen(set);
        ssize_t match;

        if (at_end)
                glob_pattern_reverse(pattern);
        match = at_end ? glob_pattern_suffix(pattern, set, len, true, &lexer->steps)
                       : glob_pattern_prefix(pattern, set, len, true, &lexer->steps);
        if (match < 0)
                strbuf_adds(value, set);
        else if (at_end)
                strbuf_addf(value, "%.*s%s", (int)(len - (size_t)match), set, with);
        else
                strbuf_addf(value, "%s%s", with, set + match);
}

/* ${name/pattern/with}, // , /# and /%. */
static int replace(struct words_lexer *lexer, enum words_mode mode, const char *set,
                   struct strbuf *value)
{
        AUTO(glob_pattern) pattern = { 0 };
        AUTO_FREE char *with = NULL;
        char how = *lexer->at && strchr("/#%", *lexer->at) ? *lexer->at++ : '\0';

        if (read_pattern(lexer, "/}", &pattern) < 0)
                return -1;
        if (*lexer->at == '/') {
                lexer->at++;
                if (read_part(lexer, mode, "}", &with) < 0)
                        return -1;
        }
        if (how == '#' || how == '%')
                replace_end(lexer, &pattern, set, with ? with : "", how == '%', value);
        else
                replace_matches(lexer, &pattern, set, with ? with : "", how == '/', value);
        return check_steps(lexer);
}

static int apply(struct words_lexer *lexer, enum words_mode mode, const char *name, const char *set,
                 struct strbuf *value)
{
        bool colon = *lexer->at == ':';
        char op = lexer->at[colon];

        if (op == '}' && !colon) {
                strbuf_adds(value, set ? set : "");
                return 0;
        }
        if (!op)
                return words_failed(lexer, "a } is missing");
        lexer->at += 1 + colon;
        if (strchr("-+?", op))
                return use_word(lexer, mode, name, set, op, colon, value);
        if (!colon && strchr("#%", op))
                return trim(lexer, set ? set : "", op, value);
        if (!colon && op == '/')
                return replace(lexer, mode, set ? set : "", value);
        return words_failed(lexer, "an unknown substitution ${...} is");
}

static const char *look_up(const struct words_lexer *lexer, const char *name)
{
        return lexer->variables->lookup(lexer->variables->data, name);
}

static int in_braces(struct words_lexer *lexer, enum words_mode mode, struct strbuf *value)
{
        size_t len = name_length(lexer->at, true);
        AUTO_FREE char *name = xstrndup(lexer->at, len);
        int rc;

        if (len == 0)
                return words_failed(lexer,
                                    *lexer->at ? "${ is not followed by a name" : "a } is missing");
        if (lexer->depth == LIMIT_EXPANSION)
                return words_failed(lexer, "too many ${...} are within each other");
        lexer->at += len;
        lexer->depth++;
        rc = apply(lexer, mode, name, look_up(lexer, name), value);
        lexer->depth--;
        if (rc == 0)
                lexer->at++; /* the brace */
        return rc;
}

int words_substitute(struct words_lexer *lexer, enum words_mode mode, struct strbuf *value)
{
        AUTO_FREE char *name = NULL;
        const char *set;
        size_t len;

        if (*++lexer->at == '{') {
                lexer->at++;
                if (in_braces(lexer, mode, value) < 0)
                        return -1;
        } else if ((len = name_length(lexer->at, false)) == 0) {
                strbuf_addc(value, '$');
        } else {
                name = xstrndup(lexer->at, len);
                lexer->at += len;
                set = look_up(lexer, name);
                strbuf_adds(value, set ? set : "");
        }
        if (value->truncated)
                return error_set(lexer->err, ERROR_TOO_LARGE,
                                 "\"%.60s...\" becomes larger than %zu KiB", lexer->source,
                                 lexer->max >> 10);
        return 0;
}
