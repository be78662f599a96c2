/* What --privileged, --pid and the like have made of a container, as podman's inspect shows it. */
#ifndef KELP_CLI_CONTAINER_INSPECT_ISOLATION_H
#define KELP_CLI_CONTAINER_INSPECT_ISOLATION_H

#include "base/json.h"
#include "engine/container/spec.h"

/* Into HostConfig. */
void inspect_isolation(const struct container_spec *spec, json_t *host_config);

/* Config.Annotations, of the runtime specification once there is one (oci may be NULL). */
json_t *inspect_annotations(const struct container_spec *spec, const json_t *oci);

#endif
