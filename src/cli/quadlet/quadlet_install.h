/* [Install] of a generated unit. */
#ifndef KELP_CLI_QUADLET_QUADLET_INSTALL_H
#define KELP_CLI_QUADLET_QUADLET_INSTALL_H

#include "cli/quadlet/quadlet.h"

/* What `systemctl enable` would do, which knows no generated units: links for Alias=, WantedBy=,
 * RequiredBy= and UpheldBy= in the directory, when all units are in it. A word that is no unit's
 * name, or an alias that another unit has for its name, is an error; the others are linked.
 * directory_fd -1: only say what is wrong with the words. */
int quadlet_install(const struct quadlet *quadlet, int directory_fd, struct error *err);

#endif
