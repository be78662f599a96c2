/* The pages of help as podman has them, for whoever called kelp by its name: scripts read "Usage:",
 * "Options:" and "Available Commands:" out of them. */
#ifndef KELP_CLI_HELP_PODMAN_H
#define KELP_CLI_HELP_PODMAN_H

#include "cli/command.h"

#include <stdio.h>

/* The overview; of the commands that begin with a word or two ("image", "image trust"). */
void help_podman_overview(FILE *out);
void help_podman_group(const char *group, FILE *out);

/* called: the words that the command was found by, "container ps". */
void help_podman_command(const struct command *command, const char *called);

/* Words that only commands can follow were given alone: the page, and what is missing. "": none
 * were given. Returns -1. */
int help_podman_missing(const char *group, struct error *err);

#endif
