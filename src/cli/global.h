/* Options before the command, and the way from argv to a command's exit code. */
#ifndef KELP_CLI_GLOBAL_H
#define KELP_CLI_GLOBAL_H

#include "cli/command.h"
#include "cli/opt.h"

extern const struct opt global_options[];

/* Those of them that may stand behind the command's name too, as podman's persistent flags. */
struct opt_more global_everywhere(struct global_args *global);

/* Once, after the options before the command: the form of messages, --out. */
int global_begin(const struct global_args *global, struct error *err);

/* Once, after those behind the command's name: check all and set the log level. 0, -1, or the exit
 * code when it has been said already. */
int global_settle(struct global_args *global, struct error *err);

/* For a group with options of its own: what stood before its name and means nothing to it is
 * ERROR_USAGE. */
int global_refuse(const struct global_args *global, const char *group, struct error *err);

/* Whether the program was called by podman's or docker's name. */
bool global_as_podman(void);

/* The whole of kelp: the exit code of the process. */
int dispatch(int argc, char **argv);

/* Parse a command's options, see that its operands and what it needs are there, run it. */
int dispatch_command(struct context *ctx, const struct command *command, int argc, char **argv,
                     struct error *err);

/* Print the error as every command does: "kelp: sentence", cures indented below. */
void dispatch_print_error(const struct error *err);

/* "podman" or "docker", where kelp is called so, else "kelp": for sentences that name it. */
const char *dispatch_called_as(void);

/* Do `one` for each operand; the first error is kept for the end, later ones are printed at once. 0
 * or -1. */
int for_each_operand(struct context *ctx, void *args,
                     int (*one)(struct context *ctx, void *args, const char *operand,
                                struct error *err),
                     struct error *err);

#endif
