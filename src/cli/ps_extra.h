/* What kelp ps shows only when asked: sizes and namespaces, which cost a look at files. */
#ifndef KELP_CLI_PS_EXTRA_H
#define KELP_CLI_PS_EXTRA_H

#include "base/json.h"
#include "base/strv.h"
#include "engine/container/container.h"

#include <stdbool.h>
#include <stdint.h>

/* Layers that were measured: many containers have the same. */
struct ps_sizes {
        struct strv layers;
        uint64_t *bytes;
};
void ps_sizes_release(struct ps_sizes *sizes);

/* Bytes that the container wrote. This process is in the user namespace. */
uint64_t ps_extra_written(const struct store *store, const struct container *container);

/* Size: those bytes, and with its image. for_people: a text. */
void ps_extra_size(json_t *row, struct ps_sizes *sizes, const struct store *store,
                   const struct container *container, uint64_t written, bool for_people);

/* Bytes of what it wrote; with the storage driver "copy" of all its files. */
uint64_t ps_extra_written(const struct store *store, const struct container *container);

/* The numbers of its namespaces, under podman's names; empty when it does not run. for_people: each
 * a member of the row too. */
void ps_extra_namespaces(json_t *row, const struct container *container, bool for_people);

#endif
