/* The container's root file system: opening it, and making it "/". */
#ifndef KELP_ENGINE_RUNTIME_ROOT_H
#define KELP_ENGINE_RUNTIME_ROOT_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

/* The mount that is at plan->root. */
int root_open(const struct launch_plan *plan, int *root_fd_out, struct error *err);

/* A directory as root: a detached copy of its mount, with all below, that nothing outside is tied
 * to, and the place where it goes. err->sys is EACCES when this process may not reach it: then the
 * other one of who starts the container and the container's root may. */
int root_open_directory(const struct launch_plan *plan, int *root_fd_out, int *place_fd_out,
                        struct error *err);

/* Put such a copy in its place; place_fd -1: at plan->root of the mount namespace that we are in by
 * now. */
int root_attach(const struct launch_plan *plan, int root_fd, int place_fd, struct error *err);

/* Make it "/" of this process and let go of the old one. keep_old: others live in this mount
 * namespace, so only this process changes its root. */
int root_enter(const struct launch_plan *plan, int root_fd, bool keep_old, struct error *err);

#endif
