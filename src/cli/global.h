/* Options before the command, and the way from argv to a command's exit code. */
#ifndef KELP_CLI_GLOBAL_H
#define KELP_CLI_GLOBAL_H

#include "cli/command.h"

extern const struct opt global_options[];

/* The whole of kelp: the exit code of the process. */
int dispatch(int argc, char **argv);

/* Parse a command's options, see that its operands and what it needs are there, run it. */
int dispatch_command(struct context *ctx, const struct command *command, int argc, char **argv,
                     struct error *err);

/* Print the error as every command does: "kelp: sentence", cures indented below. */
void dispatch_print_error(const struct error *err);

/* Do `one` for each operand; the first error is kept for the end, later ones are printed at once. 0
 * or -1. */
int for_each_operand(struct context *ctx, void *args,
                     int (*one)(struct context *ctx, void *args, const char *operand,
                                struct error *err),
                     struct error *err);

#endif
