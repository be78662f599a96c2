/* The sentence about a cgroup that the kernel does not let us enter. cgroup_join() is in cgroup.h.
 */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_JOIN_H
#define KELP_ENGINE_RUNTIME_CGROUP_JOIN_H

#include "base/error.h"

/* Returns -1. */
int cgroup_join_refused(const char *path, struct error *err);

#endif
