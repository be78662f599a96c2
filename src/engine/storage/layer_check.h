/* Is an unpacked layer what its blob says? */
#ifndef KELP_ENGINE_STORAGE_LAYER_CHECK_H
#define KELP_ENGINE_STORAGE_LAYER_CHECK_H

#include "base/error.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

/* 0: whole; -1 with the first thing that is wrong. With blob, each entry of its archive is held
 * against the file: there, of that type, size, mode, and unchanged since (time). NULL: only that
 * its directory and description are there. This process is in the user namespace. */
int layer_check(const struct store *store, const struct digest *diff_id, const char *mapping,
                const struct digest *blob, struct error *err);

#endif
