/* Where a cgroup can be made without systemd: directories, and who has to move out of their way. */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_PLACE_H
#define KELP_ENGINE_RUNTIME_CGROUP_PLACE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/runtime/cgroup.h"

/* Make the directory that the request names, with these controllers in force for it; may move this
 * process and its children into a leaf of its own cgroup, and nobody else. *path_out: heap. */
int cgroup_place(const struct cgroup_request *request, const struct strv *controllers,
                 char **path_out, struct error *err);

/* The leaf for kelp's own processes. */
#define CGROUP_SUPERVISOR "supervisor"

#endif
