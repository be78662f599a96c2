/* Completion of a command line in a shell: `kelp __complete WORDS...`, the last word being the one
 * that is typed, "" when it has not begun. Answered in the form that the scripts of cobra's
 * programs read (podman's, docker's): a candidate a line, behind a tab what it is, and in the end
 * ":N", the sum of a complete_directive; so these scripts serve kelp too when it is called by such
 * a name. */
#ifndef KELP_CLI_COMPLETE_H
#define KELP_CLI_COMPLETE_H

#include "cli/command.h"

enum complete_directive {
        COMPLETE_ERROR = 1,
        COMPLETE_NO_SPACE = 2, /* a value goes on behind the candidate */
        COMPLETE_NO_FILES = 4, /* without it files are offered when there is no candidate */
        COMPLETE_DIRECTORIES = 16,
};

struct completion {
        struct context *ctx;
        const char *typed; /* what candidates begin with */
        bool describe;
        int directive;
        int count, open; /* candidates, and those of them that a value goes on behind */
};

/* Is this the word that asks for it? describe_out: with descriptions (not of __completeNoDesc). */
bool complete_is_called(const char *word, bool *describe_out);

/* Print what the words could go on with. 0, or 1 when nothing is known. */
int complete_print(struct context *ctx, bool describe, int argc, char **argv);

/* One candidate; it is printed when it begins with what is typed. description: NULL for none. */
void complete_offer(struct completion *c, const char *candidate, const char *description);

/* What an operand can be, by its word in the synopsis: "CONTAINER|IMAGE". */
void complete_operand(struct completion *c, const char *word);

/* What the value of an option can be: by its name in --help (FILE, SIGNAL), and the words that its
 * help lists. */
void complete_value(struct completion *c, const struct opt *option);

#endif
