/* The container's root file system: opening it, and making it "/". */
#ifndef KELP_ENGINE_RUNTIME_ROOT_H
#define KELP_ENGINE_RUNTIME_ROOT_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

/* plan->root. mounted: a mount of its own is there already; else a detached copy of the directory's
 * mount, with all below, that nothing outside is tied to. */
int root_open(const struct launch_plan *plan, bool mounted, int *root_fd_out, struct error *err);

/* Put such a copy where plan->root is in the mount namespace that we are in by now. */
int root_attach(const struct launch_plan *plan, int root_fd, struct error *err);

/* Make it "/" of this process and let go of the old one. keep_old: others live in this mount
 * namespace, so only this process changes its root. */
int root_enter(const struct launch_plan *plan, int root_fd, bool keep_old, struct error *err);

#endif
