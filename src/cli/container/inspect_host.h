/* The parts of a container's inspection that say how it stands to its host. */
#ifndef KELP_CLI_CONTAINER_INSPECT_HOST_H
#define KELP_CLI_CONTAINER_INSPECT_HOST_H

#include "base/json.h"
#include "engine/container/container.h"

/* New references: HostConfig (log_path: where its log is), Mounts, NetworkSettings. */
json_t *inspect_host_config(const struct container *container, const char *log_path);
json_t *inspect_network(const struct container_spec *spec);

/* Set ExposedPorts of Config, where there are any. */
void inspect_exposed(const struct container_spec *spec, json_t *config);

#endif
