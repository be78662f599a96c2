/* --filter of kelp volume ls and volume prune. */
#ifndef KELP_CLI_VOLUME_FILTER_H
#define KELP_CLI_VOLUME_FILTER_H

#include "base/error.h"
#include "engine/container/volumes.h"

struct volume_filter;

struct volume_filters {
        struct volume_filter *items;
        size_t count;
};

void volume_filters_release(struct volume_filters *filters);

/* KEY=VALUE words, which the filters keep pointing into. An unknown key, a pattern that is none, a
 * volume that is not there: *err by name. */
int volume_filters_init(const struct strv *words, const struct volume_list *volumes,
                        struct volume_filters *filters_out, struct error *err);

/* Labels and until must all match; of another key's values one is enough. */
bool volume_filters_match(const struct volume_filters *filters, const struct volume *volume,
                          const struct container_list *containers);

/* podman's object of a volume: inspect's, and each of ls --format json. New reference. */
json_t *volume_json(const struct store *store, const struct volume *volume,
                    const struct container_list *containers);

#endif
