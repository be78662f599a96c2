/* Sentences about words that are no command, or that a command does not take. */
#ifndef KELP_CLI_MISUSE_H
#define KELP_CLI_MISUSE_H

#include "cli/command.h"

/* Are there as many operands as the command's table says? */
int misuse_check_operands(const struct context *ctx, const struct command *command,
                          struct error *err);

/* A group of commands alone, a word that it does not have, or none of its own; what is refused by
 * name has its reason. Returns -1. */
int misuse_no_command(int argc, char **argv, struct error *err);

#endif
