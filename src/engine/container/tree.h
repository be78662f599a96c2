/* A container's whole root file system as a directory, for export and commit --squash. */
#ifndef KELP_ENGINE_CONTAINER_TREE_H
#define KELP_ENGINE_CONTAINER_TREE_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/state/store.h"

#include <sys/types.h>

/* What a running container sees: to be called before this process enters a user namespace, since
 * the kernel shows it to its owner only. *fd_out: a directory for the caller to close, -1 when it
 * does not run. */
int container_tree_of_running(const struct container *container, int *fd_out, struct error *err);

/* With the storage driver "copy": the files themselves, running or not. */
int container_tree_open_copy(const struct container *container, int *fd_out, struct error *err);

/* Mount the merged tree of one that does not run at containers/ID/merged, in this process's mount
 * namespace, which it outlives. Where that takes a copy, the container stays one. Keeps the working
 * directory. */
int container_tree_mount_here(const struct store *store, const struct container *container,
                              struct error *err);

/* The same in a mount namespace that this process enters, once for all such trees. *fd_out: the
 * tree, for the caller to close. */
int container_tree_mount(const struct store *store, const struct container *container, int *fd_out,
                         struct error *err);

/* Places that were made to mount at; only these very files and directories are taken away again. */
struct tree_points {
        struct tree_point {
                char *path;
                dev_t dev;
                ino_t ino;
        } * items;
        size_t count;
};
void tree_points_release(struct tree_points *points);

/* The same, and with it what the container has mounted from the host and its volumes. points: the
 * places that were made for that, which container_tree_unmount() takes away again. */
int container_tree_mount_all(const struct store *store, const struct container *container,
                             int *fd_out, struct tree_points *points, struct error *err);

/* Take the mounts at these points, and the points where nothing was put, away: a start makes its
 * own, and a volume that another lies in is as it was. */
void container_tree_unmount(int fd, const struct tree_points *points);

#endif
