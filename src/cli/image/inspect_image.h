/* An image as podman's inspect shows it. */
#ifndef KELP_CLI_IMAGE_INSPECT_IMAGE_H
#define KELP_CLI_IMAGE_INSPECT_IMAGE_H

#include "base/json.h"
#include "engine/image/image.h"

/* A new reference. */
json_t *inspect_image(const struct image *image);

#endif
