/* Which way a container gets its root file system: native overlay, fuse-overlayfs, or a copy.
 *
 * The choice is made at each start, by trying, unless it was made by hand; a container that was
 * copied stays so, since what it changed is in the copy. Native overlay is mounted in the
 * container's own mount namespace; the others need something before that, in the monitor.
 */
#ifndef KELP_ENGINE_CONTAINER_ROOT_DRIVER_H
#define KELP_ENGINE_CONTAINER_ROOT_DRIVER_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/storage/rootfs.h"

struct root_driver {
        const struct rootfs *rootfs;
        struct container *container; /* its state gets the driver and the reason */
        bool by_hand;
        bool recorded; /* owners are in records (a single id) */
        pid_t fuse_pid;
};

/* rootfs is rootfs_of() the container. asked: --storage-driver at this start, else what was given
 * when the container was made; NULL: choose. ERROR_STATE when the container is a copy and another
 * driver is asked for. */
int root_driver_init(struct root_driver *driver, const char *asked, struct error *err);

/* Is there anything to do before the clone, at this attempt (monitor.h)? */
bool root_driver_prepares(const struct root_driver *driver, int attempt);

/* Do it; this process is in the user namespace. At attempt 1 *err has why native overlay failed. */
int root_driver_prepare(struct root_driver *driver, int attempt, struct error *err);

/* In the container's mount namespace. */
int root_driver_mount(const struct root_driver *driver, struct error *err);

/* Of a container that does not run, at its merged/ in this process's mount namespace; without a
 * word. Where it takes a copy, that is written down, and lasts. ERROR_STATE: it is being started. A
 * fuse-overlayfs goes on until it is unmounted. Changes the working directory. */
int root_driver_mount_stopped(struct root_driver *driver, struct error *err);

/* After the end, or a failure. */
void root_driver_undo(struct root_driver *driver);

#endif
