/* Volumes that no container has. */
#ifndef KELP_CLI_VOLUME_VOLUME_PRUNE_H
#define KELP_CLI_VOLUME_VOLUME_PRUNE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"

/* Their names, of those that the --filter words let through. */
int volume_prune_find(const struct store *store, const struct strv *words, struct strv *names,
                      struct error *err);

/* Remove them. This process is in the user namespace. */
int volume_prune(const struct store *store, const struct strv *words, struct strv *removed,
                 struct error *err);

#endif
