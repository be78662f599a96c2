/* The bundle that another OCI runtime gets (runtime-spec, bundle.md). */
#ifndef KELP_ENGINE_CONTAINER_EXTERNAL_BUNDLE_H
#define KELP_ENGINE_CONTAINER_EXTERNAL_BUNDLE_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/external.h"

/* spec (changed): the container's runtime specification, its root mounted. Writes
 * DIR/bundle/config.json and what it mounts from there. cgroup: the container's directory, or NULL.
 */
int external_bundle_write(const struct external_runtime *runtime, json_t *spec, const char *cgroup,
                          struct error *err);

#endif
