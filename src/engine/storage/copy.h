/* A root file system as a copy of its layers, where no overlay can be had.
 *
 *     containers/ID/copy     the copy, which the container changes
 *                  /copied   made when the copy was whole; its times tell what changed since
 */
#ifndef KELP_ENGINE_STORAGE_COPY_H
#define KELP_ENGINE_STORAGE_COPY_H

#include "base/error.h"
#include "engine/storage/changes.h"
#include "engine/storage/rootfs.h"

/* Make it of the layers and what is in upper/, in a child process; one that is there is replaced.
 * This process is in the user namespace. recorded: owners are in records (a single id). Hard links,
 * holes, attributes, owners and times are kept. *shared_out: the blocks are shared with the layers
 * (reflinks). Nothing is left behind on failure. */
int copy_make(const struct rootfs *rootfs, bool recorded, bool *shared_out, struct error *err);

/* The copy at CONTAINER/merged, in this mount namespace. */
int copy_mount(const struct rootfs *rootfs, struct error *err);

/* What the container changed in it, directories on the way to a change among it (as an upper
 * directory has them). */
int copy_changes(const struct rootfs *rootfs, struct changes *changes_out, struct error *err);

#endif
