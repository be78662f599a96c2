/* Which repositories are known to have which blobs: what was pulled from or pushed to one. A push
 * to the same registry can then have a blob mounted instead of sending it.
 *
 *     cache/origins/REGISTRY%2fPATH    digests, one a line
 *
 * All of it can be lost; what it says need not be true any more, the registry decides.
 */
#ifndef KELP_ENGINE_IMAGE_ORIGIN_H
#define KELP_ENGINE_IMAGE_ORIGIN_H

#include "base/strv.h"
#include "engine/image/image.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

/* registry/path has these blobs. Failure does not matter. */
void origin_note(const struct store *store, const char *registry, const char *path,
                 const struct strv *digests);

/* A path of the registry, other than the one that is asked for, that has the blob; NULL when none
 * is known. The caller frees. */
char *origin_find(const struct store *store, const char *registry, const char *path,
                  const struct digest *blob);

#endif
