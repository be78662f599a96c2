/* The user's mounts at the start of a container: where each comes from, and what has to be done
 * before it can be bound.
 *
 * Most are a bind of a path and need nothing. Four things are prepared in a mount namespace of the
 * monitor's, which the container's is a copy of:
 *   - a volume that is new gets the image's files and an owner;
 *   - O: an overlay over the directory; an image: its layers; both at ID/mounts/N.d/merged;
 *   - a part of a volume or an image (subpath) is resolved beneath it and shows at ID/mounts/N;
 *   - U: the files are given to the container's user.
 * All that is left in ID/mounts goes at the end.
 */
#ifndef KELP_ENGINE_CONTAINER_MOUNTS_H
#define KELP_ENGINE_CONTAINER_MOUNTS_H

#include "base/error.h"
#include "engine/container/container.h"

#include <sys/types.h>

struct mounts_request {
        const struct store *store;
        const struct container *container;
        uid_t uid; /* of the container's process */
        gid_t gid;
        bool records; /* a single id is mapped: owners are records (rootless/override.h) */
        /* Show the container's root at a directory: its absolute path, to be freed / take it away
         * again. Called only when a volume wants the image's files. */
        int (*root_show)(void *data, char **path_out, struct error *err);
        void (*root_hide)(void *data);
        void *data;
};

/* For each mount the absolute path to bind, or for a file system of its own its type. A volume
 * that is not there any more is ERROR_NOT_FOUND. */
int mounts_sources(const struct store *store, const struct container *container,
                   struct strv *sources_out, struct error *err);

/* Is there anything to prepare? */
bool mounts_want_preparing(const struct store *store, const struct container *container);

/* The ids are mapped, and this process is in a mount namespace of its own. */
int mounts_prepare(const struct mounts_request *request, struct error *err);

/* Unmount and remove what was prepared. */
void mounts_undo(const struct store *store, const struct container *container);

#endif
