/* The words of a value in a unit file, and a command line made of words. */
#ifndef KELP_CLI_QUADLET_UNIT_WORDS_H
#define KELP_CLI_QUADLET_UNIT_WORDS_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>

/* Split at white space; what is in "..." or '...' stays together, without the quotes. */
int unit_words_split(const char *text, struct strv *words_out, struct error *err);

/* The same for what becomes arguments: backslashes begin C escapes (systemd.syntax(7)); one that is
 * not known stays as it is written. */
int unit_words_split_escaped(const char *text, struct strv *words_out, struct error *err);

/* One value for ExecStart= and the like: quoted where systemd would take a word apart, with
 * escapes for what is no printable UTF-8. "%" and "$" keep their meaning for systemd. The caller
 * frees. */
char *unit_words_join(const struct strv *words);
char *unit_words_quote(const char *word);

/* A text that stands for itself: "%" doubled, and in the arguments of a command "$". The caller
 * frees. */
char *unit_words_literal(const char *text, bool in_command);

#endif
