/* Which containers need another one: those that live in its namespaces or require it. */
#ifndef KELP_ENGINE_CONTAINER_DEPEND_H
#define KELP_ENGINE_CONTAINER_DEPEND_H

#include "engine/container/container.h"

#include <stdbool.h>

/* Does the spec name the other container ("container:NAME or ID", --requires)? */
bool container_depends_on(const struct container_spec *spec, const struct container *other);

#endif
