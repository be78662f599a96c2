/* A container as podman's inspect shows it. */
#ifndef KELP_CLI_CONTAINER_INSPECT_CONTAINER_H
#define KELP_CLI_CONTAINER_INSPECT_CONTAINER_H

#include "base/json.h"
#include "engine/container/container.h"
#include "engine/state/store.h"

/* A new reference, with podman's keys and types. */
json_t *inspect_container(const struct store *store, const struct container *container);

#endif
