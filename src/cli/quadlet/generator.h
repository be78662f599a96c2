/* kelp as a generator of systemd (systemd.generator(7)). */
#ifndef KELP_CLI_QUADLET_GENERATOR_H
#define KELP_CLI_QUADLET_GENERATOR_H

#include "cli/command.h"

extern const struct command cmd_system_generator;

/* Is kelp called by a generator's name? Then all its words are the command's; Go's -dryrun is made
 * --dryrun in argv. */
bool generator_is_called(int argc, char **argv);

#endif
