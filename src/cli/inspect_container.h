/* A container and an image as podman's inspect shows them. */
#ifndef KELP_CLI_INSPECT_CONTAINER_H
#define KELP_CLI_INSPECT_CONTAINER_H

#include "base/json.h"
#include "engine/container/container.h"
#include "engine/image/image.h"
#include "engine/state/store.h"

/* New references, podman's keys and types. */
json_t *inspect_container(const struct store *store, const struct container *container);
json_t *inspect_image(const struct image *image);

#endif
