/* The namespaces of a container's first process: new ones, those entered by path, and the late ones
 * that its own child side makes.
 */
#ifndef KELP_ENGINE_RUNTIME_NAMESPACES_H
#define KELP_ENGINE_RUNTIME_NAMESPACES_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <sys/types.h>

/* clone_into() for a plan: a child of ours in plan->clone_flags' new namespaces and those that
 * plan->joins names, except the mount namespace, which the child enters later. Without joins it is
 * one clone3(2). With joins an intermediate process enters them and ends, so that this process
 * stays where it is.
 *
 * Whoever is in a namespace that it enters may not look into the child (proc(5), dumpable), and
 * then nobody else may: *network_fd_out is its network namespace where that is new beside joins,
 * else -1.
 *
 * Returns 0 in the child, the pid in the parent (pidfd_out filled), -1 with err. ERROR_INVALID: a
 * path is not a namespace of its type. */
pid_t clone_into_namespaces(const struct launch_plan *plan, int cgroup_fd, int *pidfd_out,
                            int *network_fd_out, struct error *err);

/* In the child, once its ids are mapped and it is in its cgroup: unshare plan->late_flags, set the
 * clocks' offsets; in a user namespace that was just made or entered, become its root. */
int namespaces_late(const struct launch_plan *plan, struct error *err);

/* In a user namespace that was entered: its root, in the hope that there is one. */
void namespaces_become_root(bool keep_groups);

/* In the child: enter the mount namespace given by path, if there is one. Returns 1 when it did, 0
 * when there is none. Whatever is needed of the runtime's file systems is open by then. */
int namespaces_enter_mount(const struct launch_plan *plan, struct error *err);

#endif
