/* Between build_words.c (words, quotes, escapes) and words_substitution.c (what is behind a $). */
#ifndef KELP_ENGINE_CONTAINERFILE_WORDS_LEXER_H
#define KELP_ENGINE_CONTAINERFILE_WORDS_LEXER_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "engine/containerfile/build_words.h"

#include <stdbool.h>

enum words_mode {
        WORDS_PLAIN,   /* quotes and escapes go */
        WORDS_TEXT,    /* a here-document: quotes are characters */
        WORDS_PATTERN, /* what was quoted or escaped is escaped for glob_pattern.h */
};

struct words_lexer {
        const char *source; /* for messages */
        const char *at;
        const struct build_variables *variables;
        char escape;
        size_t max;   /* bytes of a result */
        int depth;    /* of ${a:-${b}} */
        int unused;   /* > 0: in a part whose value nobody wants, so that nothing unset fails */
        size_t steps; /* what patterns may still cost */
        struct error *err;
};

/* Gathers one string; or, with words, those that white space in added text separates. */
struct words_sink {
        struct strbuf text;
        struct strv *words;
};

/* Read up to one of the characters in stops, outside quotes, or the end; at is left there. */
int words_read(struct words_lexer *lexer, enum words_mode mode, const char *stops,
               struct words_sink *sink);

/* What the $ at lexer->at stands for; at is moved behind it. */
int words_substitute(struct words_lexer *lexer, enum words_mode mode, struct strbuf *value);

/* -1, with the text that could not be read. */
int words_failed(const struct words_lexer *lexer, const char *why);

#endif
