/* --filter of ps, stop, rm and the other verbs: which containers are meant. */
#ifndef KELP_CLI_CONTAINER_CONTAINER_FILTER_H
#define KELP_CLI_CONTAINER_CONTAINER_FILTER_H

#include "cli/options/filter.h"
#include "engine/container/container.h"

/* Out of "KEY=VALUE" and "KEY!=VALUE" words; names of containers in them (before, since) are looked
 * up in the list, those of pods in the store. */
int container_filters_init(const struct strv *words, const struct store *store,
                           const struct container_list *list, struct filters *filters_out,
                           struct error *err);
bool container_filters_match(const struct filters *filters, const struct container *container);

/* Does one ask for a state? Then those that do not run are shown without --all. */
bool container_filters_ask_state(const struct filters *filters);

#endif
