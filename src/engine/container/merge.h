/* What the user said, filled up with what the image says. */
#ifndef KELP_ENGINE_CONTAINER_MERGE_H
#define KELP_ENGINE_CONTAINER_MERGE_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/image/image.h"

/* entrypoint_given: --entrypoint was used, which discards the image's command (podman-run(1)).
 * id: for the default host name. ERROR_INVALID when there is nothing to run. */
int container_spec_merge(struct container_spec *spec, const struct image *image,
                         bool entrypoint_given, const char *id, struct error *err);

#endif
