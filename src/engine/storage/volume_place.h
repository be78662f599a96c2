/* Where a store's volumes lie: in its directory volumes/, or in another one, on any file system,
 * that volumes is a symbolic link to. The link is what remembers it: whoever uses the store finds
 * them without being told again.
 *
 *     DIR/NAME/        volume.h
 *     DIR/.staging/    built and buried here, so that it stays one rename
 *     DIR/.store       a link to the store: two of them cannot share it
 *
 * DIR may be podman's volume path too: what has no record is none of ours and stays.
 */
#ifndef KELP_ENGINE_STORAGE_VOLUME_PLACE_H
#define KELP_ENGINE_STORAGE_VOLUME_PLACE_H

#include "engine/state/store.h"

/* From now on in that directory, made when missing. Nothing is done when it is so already.
 * ERROR_EXISTS: the store has volumes elsewhere. */
int volume_place_set(const struct store *store, const char *dir, struct error *err);

/* Absolute. The caller frees. */
char *volume_place(const struct store *store);

/* A staging directory that can be renamed to a volume. */
int volume_place_staging(const struct store *store, const char *what, struct staging *staging_out,
                         struct error *err);

/* Whether other things of the store can be renamed into the same staging directory. */
bool volume_place_is_store(const struct store *store);

/* A copy of a store has the link of the one that it was copied from, whose volumes these are:
 * ERROR_EXISTS, as long as that one is there. Before something is removed. */
int volume_place_check_own(const struct store *store, struct error *err);

/* Remove all volumes that are outside of the store and its own. The caller has the exclusive lock.
 */
int volume_place_clear(const struct store *store, struct error *err);

#endif
