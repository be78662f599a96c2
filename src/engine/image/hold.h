/* Images that a process under way needs and that no container has: those of a build.
 *
 *     staging/build-PID-RANDOM/holds/ID    an empty file for each
 *
 * They are held for as long as the process lives, as everything in staging/ is.
 */
#ifndef KELP_ENGINE_IMAGE_HOLD_H
#define KELP_ENGINE_IMAGE_HOLD_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

#define HOLD_STAGING "build"

/* The process has the staging directory, made as HOLD_STAGING, and the shared store lock. */
int hold_add(const struct staging *staging, const char *image_id, struct error *err);
void hold_drop_all(const struct staging *staging);

/* IDs of all that are held by living processes. */
void hold_list(const struct store *store, struct strv *ids);

#endif
