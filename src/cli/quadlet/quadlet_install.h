/* [Install] of a generated unit. */
#ifndef KELP_CLI_QUADLET_QUADLET_INSTALL_H
#define KELP_CLI_QUADLET_QUADLET_INSTALL_H

#include "cli/quadlet/quadlet.h"

/* What `systemctl enable` would do, which knows no generated units: links for Alias=, WantedBy=,
 * RequiredBy= and UpheldBy= in the directory. A word that is no unit's name is an error; the others
 * are linked. */
int quadlet_install(const struct quadlet *quadlet, int directory_fd, struct error *err);

#endif
