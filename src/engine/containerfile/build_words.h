/* Words of a Containerfile: variables, quotes, escapes, splitting.
 *
 *   $x ${x}                    its value, "" of none
 *   ${x-w} ${x:-w}             w when x is unset (with the colon: or empty)
 *   ${x+w} ${x:+w}             w when x is set (and not empty), else ""
 *   ${x?w} ${x:?w}             fails with w when x is unset (or empty)
 *   ${x#p} ${x##p} ${x%p} ${x%%p}   without the shortest/longest match of the pattern at its
 *                              beginning/end
 *   ${x/p/r} ${x//p/r} ${x/#p/r} ${x/%p/r}   the first match, each, at the beginning, at the end
 *                              replaced by r; without /r it goes
 *
 * w, p and r are expanded themselves. In a pattern * is any string (slashes too, as in a shell), ?
 * any character, [a-z] [!a-z] one of a set, and a backslash takes the meaning from what follows.
 * 'single quotes' keep all, "double quotes" all but variables and escapes; the escape character
 * keeps the one behind it. Names are letters, digits and _; $ in front of anything else is a $.
 */
#ifndef KELP_ENGINE_CONTAINERFILE_WORDS_H
#define KELP_ENGINE_CONTAINERFILE_WORDS_H

#include "base/error.h"
#include "base/strv.h"

/* Where values come from: NULL from lookup means unset. No lookup at all: variables stay as they
 * are written, and only quotes and escapes are taken away. */
struct build_variables {
        const char *(*lookup)(const void *data, const char *name);
        const void *data;
        char escape; /* '\\' or '`'; 0 is '\\' */
};

/* The word with its variables expanded, without its quotes; the caller frees. ERROR_INVALID: a
 * quote or brace is not closed, an unknown ${x!}, ${x:?} has nothing; ERROR_TOO_LARGE. */
int build_words_expand(const char *word, const struct build_variables *variables, char **text_out,
                       struct error *err);

/* The same, split where there is white space outside quotes, in values too; appended to words. */
int build_words_split(const char *text, const struct build_variables *variables, struct strv *words,
                      struct error *err);

/* A here-document: quotes stay, and the escape character but before $ and itself. Up to
 * LIMIT_CONTAINERFILE. */
int build_words_expand_text(const char *text, const struct build_variables *variables,
                            char **text_out, struct error *err);

/* Where white space outside quotes is, only: quotes, escapes and variables stay as they are.
 * Appended to words; a quote that is not closed takes all that follows. */
void build_words_tokens(const char *text, char escape, struct strv *words);

/* Behind the one that begins at `at`. */
const char *build_words_token_end(const char *at, char escape);

#endif
