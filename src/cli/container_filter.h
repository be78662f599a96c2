/* --filter of ps, stop, rm and the other verbs: which containers are meant. */
#ifndef KELP_CLI_CONTAINER_FILTER_H
#define KELP_CLI_CONTAINER_FILTER_H

#include "engine/container/container.h"

struct container_filter;

struct container_filters {
        struct container_filter *items;
        size_t count;
};

/* Out of "KEY=VALUE" and "KEY!=VALUE" words; names of containers in them (before, since) are looked
 * up in the list, those of pods in the store. */
int container_filters_init(const struct strv *words, const struct store *store,
                           const struct container_list *list, struct container_filters *filters_out,
                           struct error *err);
void container_filters_release(struct container_filters *filters);

/* Every key must match; the values of one key are alternatives, but labels must all be there
 * (podman-ps(1)). */
bool container_filters_match(const struct container_filters *filters,
                             const struct container *container);

/* Does one ask for a state? Then those that do not run are shown without --all. */
bool container_filters_ask_state(const struct container_filters *filters);

#endif
