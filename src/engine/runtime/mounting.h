/* The mount calls of Linux 5.12, by descriptor: fsopen(2), open_tree(2), mount_setattr(2),
 * move_mount(2). Each returns -1 with errno. */
#ifndef KELP_ENGINE_RUNTIME_MOUNTING_H
#define KELP_ENGINE_RUNTIME_MOUNTING_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* A detached copy of the mount at a path (dir_fd, "": at the descriptor), with all below. */
int mounting_clone(int dir_fd, const char *path, bool recursive);

/* Attributes and propagation of a mount, and (recursive) of all below it. */
int mounting_change(int mount_fd, bool recursive, struct attribute_change change,
                    uint64_t propagation);

/* Attach a detached mount onto what target_fd is. */
int mounting_move(int mount_fd, int target_fd);

/* A new file system of the step's type, data and attributes, detached. */
int mounting_new(const struct step *step);

/* The same, and where an unprivileged caller may not have it (no namespace of its own, /proc of the
 * host masked) the host's instead: proc, sysfs, mqueue; cgroup2: the own cgroup's part of it.
 * *fd_out is -1 when step->optional and nothing is to be had. */
int mounting_new_or_host(const struct step *step, int *fd_out, struct error *err);

/* Change the options of the file system that is mounted at mount_fd. */
int mounting_reconfigure(int mount_fd, const struct strv *data);

#endif
