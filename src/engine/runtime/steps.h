/* Carrying out a launch plan's steps in the container's mount namespace. */
#ifndef KELP_ENGINE_RUNTIME_STEPS_H
#define KELP_ENGINE_RUNTIME_STEPS_H

#include "base/error.h"
#include "engine/runtime/plan.h"

/* New file systems and clones of host paths are opened first, as detached mounts, and attached in
 * the plan's order. */
struct opened_steps {
        int *fds; /* by step; -1: nothing to attach */
        size_t count;
};

void opened_steps_release(struct opened_steps *opened);

/* In the parent, before the clone, for a new user namespace: id-mapped binds, which only somebody
 * outside of it may make; and, when we have rights of our own, all other binds, since their sources
 * may lie where the namespace's root may not go; and, by real root, device nodes. Nothing in all
 * other cases. */
int steps_open_before(const struct launch_plan *plan, struct opened_steps *opened,
                      struct error *err);

/* In the child: cut the ties between its mounts and the host's, and open what does not wait for the
 * id maps. */
int steps_open_early(const struct launch_plan *plan, struct opened_steps *opened,
                     struct error *err);

/* In the child: open the rest. */
int steps_open_late(const struct launch_plan *plan, struct opened_steps *opened, struct error *err);

/* Attach all below root_fd. */
int steps_attach(const struct launch_plan *plan, int root_fd, struct opened_steps *opened,
                 struct error *err);

/* Last: what is to be read-only and had to take other steps' mount points becomes it. */
int steps_finish(const struct launch_plan *plan, const struct opened_steps *opened,
                 struct error *err);

#endif
