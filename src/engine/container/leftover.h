/* Containers with --rm that the machine's end has left behind. */
#ifndef KELP_ENGINE_CONTAINER_LEFTOVER_H
#define KELP_ENGINE_CONTAINER_LEFTOVER_H

#include "engine/state/store.h"

/* For the first command since the machine started (store->run_made): remove those that have run and
 * have no monitor any more, with their anonymous volumes. What cannot be removed stays. */
void leftover_remove(const struct store *store);

#endif
