/* The cgroup that a container's spec asks for. */
#ifndef KELP_ENGINE_CONTAINER_CGROUP_OF_H
#define KELP_ENGINE_CONTAINER_CGROUP_OF_H

#include "base/error.h"
#include "base/json.h"
#include "engine/container/spec.h"
#include "engine/runtime/cgroup.h"

/* Who makes it: nobody with --cgroups=disabled; `named` (CGROUP_NONE: nobody is named), else
 * whoever manages cgroups here. uid: ours, outside of any user namespace that was entered. */
enum cgroup_manager cgroup_of_manager(const struct container_spec *spec, enum cgroup_manager named,
                                      uid_t uid);

/* linux.cgroupsPath in that manager's form. Heap. */
char *cgroup_of_path(const struct container_spec *spec, const char *id,
                     enum cgroup_manager manager);

/* cgroup_create() with what the spec and its runtime specification say. named: as above. */
int cgroup_of_create(const struct container_spec *spec, const char *id, const json_t *oci,
                     enum cgroup_manager manager, enum cgroup_manager named, uid_t uid,
                     struct cgroup *cgroup_out, struct error *err);

/* For a restart: linux.cgroupsPath is where it was; its parent has been kept. */
int cgroup_of_again(const char *id, const json_t *oci, struct cgroup *cgroup_out,
                    struct error *err);

#endif
