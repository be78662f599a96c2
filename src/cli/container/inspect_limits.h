/* The limits and the cgroup of a container in kelp inspect's HostConfig. */
#ifndef KELP_CLI_CONTAINER_INSPECT_LIMITS_H
#define KELP_CLI_CONTAINER_INSPECT_LIMITS_H

#include "base/json.h"
#include "engine/container/spec.h"

/* Put them into the object, over its zeros. */
void inspect_limits(const struct container_spec *spec, json_t *host_config);

#endif
