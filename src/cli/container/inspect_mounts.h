/* A container's mounts as podman's inspect shows them. New references. */
#ifndef KELP_CLI_CONTAINER_INSPECT_MOUNTS_H
#define KELP_CLI_CONTAINER_INSPECT_MOUNTS_H

#include "base/json.h"
#include "engine/container/spec.h"
#include "engine/state/store.h"

/* Mounts: binds, volumes and images; what lives in memory is in HostConfig.Tmpfs. */
json_t *inspect_mounts(const struct store *store, const struct container_spec *spec);

/* HostConfig's Binds, Tmpfs and VolumesFrom. */
void inspect_add_binds(json_t *host_config, const struct container_spec *spec);

#endif
