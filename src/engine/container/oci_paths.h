/* Which paths of /proc and /sys a container does not see, or cannot write. */
#ifndef KELP_ENGINE_CONTAINER_OCI_PATHS_H
#define KELP_ENGINE_CONTAINER_OCI_PATHS_H

#include "base/json.h"
#include "engine/container/spec.h"

/* linux.maskedPaths, linux.readonlyPaths: podman's, without those that --security-opt unmask= names
 * and with those of mask=; none of podman's with --privileged. New arrays. */
json_t *oci_masked_paths(const struct container_spec *spec);
json_t *oci_readonly_paths(const struct container_spec *spec);

/* Does some pattern of unmask= stand for it? */
bool oci_path_is_unmasked(const struct container_spec *spec, const char *path);

#endif
