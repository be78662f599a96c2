/* --rmi: a container's image goes with it. */
#ifndef KELP_ENGINE_CONTAINER_REMOVE_IMAGE_H
#define KELP_ENGINE_CONTAINER_REMOVE_IMAGE_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/state/store.h"

/* Take away what the user called the image by, and the image with its last name. One that is gone
 * already is fine; ERROR_IN_USE: another container has it. The user namespace is entered. */
int container_remove_image(const struct store *store, const struct container_spec *spec,
                           struct error *err);

#endif
