/* Words, quotes and escapes. See build_words.h. */
#include "engine/containerfile/build_words.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/limits.h"
#include "engine/containerfile/words_lexer.h"

#include <ctype.h>
#include <string.h>

static bool is_blank(char c)
{
        return c && isspace((unsigned char)c);
}

int words_failed(const struct words_lexer *lexer, const char *why)
{
        return error_set(lexer->err, ERROR_INVALID, "%s in \"%.200s\"", why, lexer->source);
}

static void end_word(struct words_sink *sink)
{
        if (sink->words && sink->text.len > 0) {
                strv_add(sink->words, sink->text.data);
                strbuf_reset(&sink->text);
        }
}

/* A character from outside quotes: white space separates words. */
static void add_open(struct words_sink *sink, char c)
{
        if (sink->words && is_blank(c))
                end_word(sink);
        else
                strbuf_addc(&sink->text, c);
}

/* One that has lost its meaning. */
static void add_literal(struct words_sink *sink, enum words_mode mode, char c)
{
        if (mode == WORDS_PATTERN && strchr("*?[]\\", c))
                strbuf_addc(&sink->text, '\\');
        strbuf_addc(&sink->text, c);
}

/* A value: whole in double quotes, else what it holds counts. */
static int add_value(struct words_lexer *lexer, enum words_mode mode, bool quoted,
                     struct words_sink *sink)
{
        AUTO(strbuf) value = { .max = lexer->max };
        bool escapes = quoted && mode == WORDS_PATTERN; /* they are put in below */

        if (words_substitute(lexer, escapes ? WORDS_PLAIN : mode, &value) < 0)
                return -1;
        for (size_t i = 0; i < value.len; i++)
                if (quoted)
                        add_literal(sink, mode, value.data[i]);
                else
                        add_open(sink, value.data[i]);
        return 0;
}

static int read_single(struct words_lexer *lexer, enum words_mode mode, struct words_sink *sink)
{
        for (lexer->at++; *lexer->at != '\''; lexer->at++) {
                if (!*lexer->at)
                        return words_failed(lexer, "a single quote is not closed");
                add_literal(sink, mode, *lexer->at);
        }
        lexer->at++;
        return 0;
}

static int read_double(struct words_lexer *lexer, enum words_mode mode, struct words_sink *sink)
{
        lexer->at++;
        while (*lexer->at != '"') {
                if (!*lexer->at)
                        return words_failed(lexer, "a double quote is not closed");
                if (*lexer->at == '$' && lexer->variables->lookup) {
                        if (add_value(lexer, mode, true, sink) < 0)
                                return -1;
                        continue;
                }
                if (lexer->at[0] == lexer->escape && lexer->at[1] &&
                    (strchr("\"$", lexer->at[1]) || lexer->at[1] == lexer->escape))
                        lexer->at++;
                add_literal(sink, mode, *lexer->at++);
        }
        lexer->at++;
        return 0;
}

/* The escape character and what is behind it. */
static void read_escape(struct words_lexer *lexer, enum words_mode mode, const char *stops,
                        struct words_sink *sink)
{
        char next = *++lexer->at;

        if (mode == WORDS_TEXT &&
            (!next || (next != '$' && next != lexer->escape && !strchr(stops, next)))) {
                strbuf_addc(&sink->text, lexer->escape);
                return;
        }
        if (next) {
                add_literal(sink, mode, next);
                lexer->at++;
        }
}

int words_read(struct words_lexer *lexer, enum words_mode mode, const char *stops,
               struct words_sink *sink)
{
        bool quotes = mode != WORDS_TEXT;
        int rc = 0;

        while (rc == 0 && *lexer->at && !strchr(stops, *lexer->at)) {
                if (*lexer->at == '$' && lexer->variables->lookup)
                        rc = add_value(lexer, mode, false, sink);
                else if (*lexer->at == '\'' && quotes)
                        rc = read_single(lexer, mode, sink);
                else if (*lexer->at == '"' && quotes)
                        rc = read_double(lexer, mode, sink);
                else if (*lexer->at == lexer->escape)
                        read_escape(lexer, mode, stops, sink);
                else
                        add_open(sink, *lexer->at++);
        }
        if (rc == 0 && sink->text.truncated)
                return error_set(lexer->err, ERROR_TOO_LARGE,
                                 "\"%.60s...\" becomes larger than %zu KiB", lexer->source,
                                 lexer->max >> 10);
        return rc;
}

static int expand(const char *text, enum words_mode mode, const struct build_variables *variables,
                  struct words_sink *sink, struct error *err)
{
        struct words_lexer lexer = { .source = text,
                                     .at = text,
                                     .variables = variables,
                                     .escape = variables->escape ? variables->escape : '\\',
                                     .max = sink->text.max,
                                     .steps = LIMIT_GLOB_STEPS,
                                     .err = err };

        return words_read(&lexer, mode, "", sink);
}

int build_words_expand(const char *word, const struct build_variables *variables, char **text_out,
                       struct error *err)
{
        struct words_sink sink = { .text = { .max = LIMIT_EXPANDED } };

        if (expand(word, WORDS_PLAIN, variables, &sink, err) < 0) {
                strbuf_release(&sink.text);
                return -1;
        }
        *text_out = strbuf_take(&sink.text);
        return 0;
}

int build_words_expand_text(const char *text, const struct build_variables *variables,
                            char **text_out, struct error *err)
{
        struct build_variables shell = *variables;
        struct words_sink sink = { .text = { .max = LIMIT_CONTAINERFILE } };

        shell.escape = '\\';
        if (expand(text, WORDS_TEXT, &shell, &sink, err) < 0) {
                strbuf_release(&sink.text);
                return -1;
        }
        *text_out = strbuf_take(&sink.text);
        return 0;
}

int build_words_split(const char *text, const struct build_variables *variables, struct strv *words,
                      struct error *err)
{
        struct words_sink sink = { .text = { .max = LIMIT_EXPANDED }, .words = words };
        int rc = expand(text, WORDS_PLAIN, variables, &sink, err);

        if (rc == 0)
                end_word(&sink);
        strbuf_release(&sink.text);
        return rc;
}

const char *build_words_token_end(const char *at, char escape)
{
        char quote = '\0';

        for (; *at && (quote || !is_blank(*at)); at++) {
                if (*at == escape && quote != '\'' && at[1])
                        at++;
                else if (quote ? *at == quote : *at == '\'' || *at == '"')
                        quote = quote ? '\0' : *at;
        }
        return at;
}

void build_words_tokens(const char *text, char escape, struct strv *words)
{
        for (;;) {
                const char *end;

                while (is_blank(*text))
                        text++;
                if (!*text)
                        return;
                end = build_words_token_end(text, escape);
                strv_take(words, xstrndup(text, (size_t)(end - text)));
                text = end;
        }
}
