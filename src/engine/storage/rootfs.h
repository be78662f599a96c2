/* A container's root file system: its image's layers, read-only, under a writable upper one. */
#ifndef KELP_ENGINE_STORAGE_ROOTFS_H
#define KELP_ENGINE_STORAGE_ROOTFS_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <sys/types.h>

struct rootfs {
        const struct store *store; /* its root is where relative paths start */
        struct strv layers; /* directories, absolute or from the store's root, lowest first */
        char *container;    /* "containers/ID": has upper/, work/, merged/ */
        bool bare;          /* the one layer itself is the root, and is written to */
        bool copied;        /* a copy of the layers is the root (copy.h), not an overlay */
        bool disposable;    /* nobody wants the changes after a crash: nothing syncs them */
};

void rootfs_release(struct rootfs *rootfs);

/* layer/diff on top of those that are there. A layer that an image has twice, as it happens with
 * empty ones, counts only where it is highest: what is below shows the same, and overlay refuses a
 * directory that it has already (ELOOP). */
void rootfs_add_layer(struct rootfs *rootfs, const char *layer);

/* Native overlay (userxattr) at CONTAINER/merged, in this mount namespace. A kernel or file system
 * that refuses it is ERROR_NO_OVERLAY. Changes the working directory. */
int rootfs_mount_overlay(const struct rootfs *rootfs, struct error *err);

/* The layers alone, read-only, at target (absolute), in this mount namespace; container may be
 * NULL. Changes the working directory. */
int rootfs_mount_layers(const struct rootfs *rootfs, const char *target, struct error *err);

/* fuse-overlayfs at the same place; the process serves it until it is unmounted. *pid_out is 0 when
 * none was left by a failure. */
int rootfs_mount_fuse(const struct rootfs *rootfs, pid_t *pid_out, struct error *err);

/* The contents of a file of the container's merged tree without mounting it: looked for in the
 * copy, or in upper, then in the layers from the top; whiteouts hide. ERROR_NOT_FOUND. The caller
 * frees. */
int rootfs_read_file(const struct rootfs *rootfs, const char *path, size_t max, char **data_out,
                     struct error *err);

#endif
