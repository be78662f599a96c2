/* --filter of kelp volume ls and volume prune. */
#ifndef KELP_CLI_VOLUME_VOLUME_FILTER_H
#define KELP_CLI_VOLUME_VOLUME_FILTER_H

#include "cli/options/filter.h"
#include "engine/container/volumes.h"

/* Volumes in the words (since, after) are looked up in the list. */
int volume_filters_init(const struct strv *words, const struct volume_list *volumes,
                        struct filters *filters_out, struct error *err);
bool volume_filters_match(const struct filters *filters, const struct volume *volume,
                          const struct container_list *containers);

/* podman's object of a volume: inspect's, and each of ls --format json. New reference. */
json_t *volume_json(const struct store *store, const struct volume *volume,
                    const struct container_list *containers);

#endif
