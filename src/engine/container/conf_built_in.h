/* The lists of containers.conf(5) that hold something where no file says anything: podman's default
 * capabilities and sysctls. The delivered file writes them down. */
#ifndef KELP_ENGINE_CONTAINER_CONF_BUILT_IN_H
#define KELP_ENGINE_CONTAINER_CONF_BUILT_IN_H

#include "base/json.h"

#include <stdbool.h>

/* Is `value`, a file's text behind the sign of `key`, that list and nothing else? Any other key:
 * no. */
bool conf_built_in_is(const char *key, const char *value);

/* Set them in the object of all tables. */
void conf_built_in_add(json_t *whole);

#endif
