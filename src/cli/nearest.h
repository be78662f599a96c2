/* "did you mean web?" for names of containers and images that do not exist. */
#ifndef KELP_CLI_NEAREST_H
#define KELP_CLI_NEAREST_H

#include "cli/command.h"

/* When the error says that an object was not found and no cure is known, add the nearest name that
 * is in the store. */
void nearest_suggest(const struct context *ctx, struct error *err);

#endif
