/* Layers that were made here and were sent nowhere yet, so that no registry can have them.
 *
 *     cache/fresh/DIFFID    an empty file
 *
 * For saving work only: marks may be lost, and one that is wrong costs an upload.
 */
#ifndef KELP_ENGINE_IMAGE_FRESH_H
#define KELP_ENGINE_IMAGE_FRESH_H

#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdbool.h>

void fresh_note(const struct store *store, const struct digest *diff_id);
bool fresh_is(const struct store *store, const struct digest *diff_id);
void fresh_forget(const struct store *store, const struct digest *diff_id);

#endif
