/* RUN --mount=type=cache: directories that outlive builds.
 *
 *     cache/mounts/HEX[-N]        of the id, or of the target where none is given; -N: a further
 * one, of "private" /HEX[-N].lock   locked while a step has it: exclusively, unless it is shared
 */
#ifndef KELP_ENGINE_BUILD_RUN_CACHE_H
#define KELP_ENGINE_BUILD_RUN_CACHE_H

#include "engine/build/run_mount.h"

/* Its path below the store's root, the caller's to free; made when it is missing. The lock is the
 * mounts' until they are released. "locked" waits for others. */
int run_cache_take(const struct store *store, const struct run_mount *mount,
                   struct run_mounts *mounts, char **path_out, struct error *err);

/* Remove those that no step has now. */
int run_cache_prune(const struct store *store, struct error *err);

/* To the mount's uid and gid, as a record where there is one id (rootless/override.h). -1 with
 * errno. */
int run_cache_give(int dir_fd, const char *name, const struct run_mount *mount);

/* The mount's mode. */
mode_t run_cache_mode(const struct run_mount *mount, mode_t otherwise);

#endif
