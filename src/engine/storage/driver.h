/* The ways to a container's root file system, best first. */
#ifndef KELP_ENGINE_STORAGE_DRIVER_H
#define KELP_ENGINE_STORAGE_DRIVER_H

#include <stdbool.h>

enum storage_driver {
        STORAGE_CHOOSE, /* none yet */
        STORAGE_OVERLAY,
        STORAGE_FUSE_OVERLAYFS,
        STORAGE_COPY,
        STORAGE_DRIVER_COUNT,
};

/* "overlay", "fuse-overlayfs", "copy"; "" for STORAGE_CHOOSE */
const char *storage_driver_name(enum storage_driver driver);

/* False when it is none. NULL and "" are STORAGE_CHOOSE. */
bool storage_driver_parse(const char *name, enum storage_driver *driver_out);

#endif
