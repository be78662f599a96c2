/* What nothing refers to any more: finding it, and taking it away.
 *
 * What to keep is read off the store each time - names, their manifests, containers - so nothing
 * can be miscounted. The caller holds the exclusive store lock, under which nobody adds a
 * reference.
 */
#ifndef KELP_ENGINE_IMAGE_COLLECT_H
#define KELP_ENGINE_IMAGE_COLLECT_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#include <stdbool.h>

/* Sorted for looking up. */
struct keep {
        struct strv blobs;    /* hex digests */
        struct strv layers;   /* hex diffIDs */
        struct strv mappings; /* that containers have */
};

void keep_release(struct keep *keep);

/* Everything that names and containers refer to. An image whose manifest cannot be read keeps
 * nothing: it is damaged; another failure to read is an error, since it may pass. */
int keep_load(const struct store *store, struct keep *keep_out, struct error *err);

bool keep_has(const struct strv *set, const char *hex);

/* Move what is not kept to a staging directory, whose release removes the files: that can be done
 * without the lock. copies: also what kept layers have of copies for an id map that no container
 * uses any more; they can be made again from their blobs. */
int collect(const struct store *store, bool copies, struct staging *condemned_out,
            struct error *err);

/* Is a layer's directory such a copy? mappings: those that containers have; name: as in layers/. */
bool collect_is_spare_copy(const struct strv *mappings, const char *name);

/* What containers, running or not, and builds under way (hold.h) hold. */
struct holders {
        struct strv containers; /* IDs; "" for a build */
        struct strv image_ids;  /* of each; "" for one without an image */
        struct strv layers;     /* diffIDs of all */
        struct strv mappings;   /* names of their id maps */
};

void holders_release(struct holders *holders);
void holders_load(const struct store *store, struct holders *holders_out);

/* The container that has the image, "" for a build, or NULL. */
const char *holders_find(const struct holders *holders, const char *image_id);

#endif
