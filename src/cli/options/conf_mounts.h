/* The mounts and volumes that containers.conf(5) gives every container. */
#ifndef KELP_CLI_OPTIONS_CONF_MOUNTS_H
#define KELP_CLI_OPTIONS_CONF_MOUNTS_H

#include "engine/container/spec.h"

/* Add them behind the command line's, which goes before: what has its target in the spec already is
 * left out. One that -v or --mount would refuse, and a key of another type, is an error. */
int conf_mounts_fill(struct container_spec *spec, struct error *err);

#endif
