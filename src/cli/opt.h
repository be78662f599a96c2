/* Parsing a command's options out of its table, in pflag's syntax (what podman's users type). */
#ifndef KELP_CLI_OPT_H
#define KELP_CLI_OPT_H

#include "cli/command.h"

/* Fill args from argv[0..argc) and gather the operands, in order, at the front of argv; their
 * number is returned, -1 on error. stop_at_operand: options end at the first operand. OPT_HELP:
 * --help was met (or -h), and the table has no such option of its own. */
#define OPT_HELP (-2)
int opt_parse(const struct opt *options, bool stop_at_operand, int argc, char **argv, void *args,
              struct error *err);

/* The same, and what the table does not have is looked for in a further one (its long names), whose
 * values go into args of its own. more: NULL for none. */
struct opt_more {
        const struct opt *options;
        void *args;
};
int opt_parse_more(const struct opt *options, const struct opt_more *more, bool stop_at_operand,
                   int argc, char **argv, void *args, struct error *err);

/* The option of that name, or NULL; options may be NULL. */
const struct opt *opt_named(const struct opt *options, const char *name);

/* The option that stands at the end of a word ("--name", "-it") and wants its value in the next, or
 * NULL. more: as above. */
const struct opt *opt_without_value(const struct opt *options, const struct opt_more *more,
                                    const char *word);

/* "true" and "false" as pflag takes them; false: neither. */
bool opt_parse_bool(const char *text, bool *out);

/* Free the lists in args. */
void opt_release(const struct opt *options, void *args);

#endif
