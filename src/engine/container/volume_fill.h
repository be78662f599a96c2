/* What a new volume gets from the first container that has it: the image's files at that place, and
 * an owner (podman-run(1), --volume). */
#ifndef KELP_ENGINE_CONTAINER_VOLUME_FILL_H
#define KELP_ENGINE_CONTAINER_VOLUME_FILL_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/state/store.h"

#include <sys/types.h>

struct volume_fill {
        const struct store *store;
        const struct container_mount *mount;
        const char *root; /* of the container, absolute: resolved beneath it */
        uid_t uid;        /* of the container's process */
        gid_t gid;
        bool records; /* a single id is mapped: owners are records */
};

/* Copies once: into a volume that is empty, from a directory that is not. Two containers that start
 * at once wait for each other. */
int volume_fill(const struct volume_fill *fill, struct error *err);

/* Give a file, or a directory with all in it, to somebody, unless it is theirs already: then what
 * is in it stays as it is (podman's U). Symbolic links are not followed, other mounts not entered.
 */
int volume_give(const char *path, uid_t uid, gid_t gid, bool records, struct error *err);

#endif
