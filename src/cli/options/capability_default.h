/* containers.conf's default_capabilities: what --cap-add and --cap-drop start from. */
#ifndef KELP_CLI_OPTIONS_CAPABILITY_DEFAULT_H
#define KELP_CLI_OPTIONS_CAPABILITY_DEFAULT_H

#include "base/error.h"
#include "engine/container/spec.h"

/* Fill spec->default_capabilities where the files name others than podman's. */
int capability_default_fill(struct container_spec *spec, struct error *err);

#endif
