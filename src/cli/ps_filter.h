/* kelp ps --filter: which containers are shown. */
#ifndef KELP_CLI_PS_FILTER_H
#define KELP_CLI_PS_FILTER_H

#include "engine/container/container.h"

struct ps_filter;

struct ps_filters {
        struct ps_filter *items;
        size_t count;
};

/* Out of "KEY=VALUE" words; names of containers in them (before, since) are looked up in the list.
 */
int ps_filters_init(const struct strv *words, const struct container_list *list,
                    struct ps_filters *filters_out, struct error *err);
void ps_filters_release(struct ps_filters *filters);

/* Every key must match; the values of one key are alternatives, but labels must all be there
 * (podman-ps(1)). */
bool ps_filters_match(const struct ps_filters *filters, const struct container *container);

/* Does one ask for a state? Then those that do not run are shown without --all. */
bool ps_filters_ask_state(const struct ps_filters *filters);

#endif
