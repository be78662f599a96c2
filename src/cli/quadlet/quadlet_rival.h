/* Another generator for the same files. */
#ifndef KELP_CLI_QUADLET_QUADLET_RIVAL_H
#define KELP_CLI_QUADLET_QUADLET_RIVAL_H

#include "base/error.h"

/* Of a kelp-user-generator: does a podman-user-generator make the units? 0: no; 1: yes, and it is
 * this program; -1: yes, podman's, and *err says how to give them to kelp. */
int quadlet_rival(const char *program, struct error *err);

#endif
