/* The user namespace of a container of the OCI command line. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_USERNS_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_USERNS_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/plan.h"

/* Without rights of its own a caller can start containers in a user namespace only: where the
 * specification has none, or one without mappings, the best that the caller can have is put in
 * (rootless/userns.h). Returns 1 when the specification was changed, 0, or -1. */
int oci_userns_complete(json_t *spec, struct error *err);

/* Write the plan's maps for its first process, when it has a new user namespace. Blocks. */
int oci_userns_map(const struct launch_plan *plan, pid_t pid, struct error *err);

#endif
