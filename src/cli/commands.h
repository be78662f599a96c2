/* The list of commands. Adding one: its file, and one line in commands.c. */
#ifndef KELP_CLI_COMMANDS_H
#define KELP_CLI_COMMANDS_H

#include "cli/command.h"

#include <stdio.h>

/* Ends with NULL; in the order of `kelp --help`. */
extern const struct command *const commands[];

/* By name or alias ("rm"; "image rm", "image trust show"). words_out: how many of argv were used.
 */
const struct command *command_find(int argc, char *const *argv, int *words_out);

/* The one of a list whose name, or the last word of it, is this; or NULL. */
const struct command *command_named(const struct command *const *list, const char *name);

/* Over which commands of the overview a heading stands: the one that begins with this command, or
 * NULL. */
const char *command_heading(const struct command *command);

/* What the i-th alias ("container", "ls") calls; NULL at the end. */
const struct command *command_alias(size_t i, const char **first_out, const char **second_out);

/* Why the i-th of the commands of others is refused by name; NULL at the end. *second_out NULL: any
 * word. */
const char *command_refused(size_t i, const char **first_out, const char **second_out);

/* Do commands of two or three words begin with this? "image", "image trust". */
bool command_is_group(const char *words);

/* Say that there is no such command, and which one may have been meant. second may be NULL.
 * Returns -1. */
int command_unknown(const char *first, const char *second, struct error *err);

/* The same of a command that has commands of its own. Returns -1. */
int command_unknown_in(const struct command *group, const char *word, struct error *err);

/* Words with a space between them. The caller frees. */
char *command_words(int count, char *const *words);

/* Print the page of a command, or the overview when NULL, to standard output. called: the words
 * that it was found by; NULL: its name. all: describe the options of rarely needed groups too. */
void help_print(const struct command *command, const char *called, bool all);

/* Options in the order of their table, under one heading, none where there are none. command: whose
 * they are, or NULL. */
void help_print_all_options(const struct command *command, const struct opt *options, FILE *out);

/* Print the commands of a group ("image"). */
void help_print_group(const char *group);

#endif
