/* Carrying out a launch plan's steps in the container's mount namespace. */
#ifndef KELP_ENGINE_RUNTIME_STEPS_H
#define KELP_ENGINE_RUNTIME_STEPS_H

#include "base/error.h"
#include "engine/runtime/plan.h"

/* New file systems and clones of host paths are opened first, as detached mounts (early: those that
 * need no mapped ids), and attached in the plan's order. */
struct opened_steps {
        int *fds; /* by step; -1: nothing to attach */
        size_t count;
};

void opened_steps_release(struct opened_steps *opened);

/* Open what does not wait for the id maps (late false), or the rest (late true). */
int steps_open(const struct launch_plan *plan, bool late, struct opened_steps *opened,
               struct error *err);

/* Attach all below root_fd. */
int steps_attach(const struct launch_plan *plan, int root_fd, struct opened_steps *opened,
                 struct error *err);

#endif
