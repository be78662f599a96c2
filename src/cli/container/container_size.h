/* How large containers are, for ps --size and inspect --size. */
#ifndef KELP_CLI_CONTAINER_CONTAINER_SIZE_H
#define KELP_CLI_CONTAINER_CONTAINER_SIZE_H

#include "base/strv.h"
#include "engine/container/container.h"

#include <stdint.h>

/* Layers that were measured: many containers have the same. */
struct container_sizes {
        struct strv layers;
        uint64_t *bytes;
};
void container_sizes_release(struct container_sizes *sizes);

/* Bytes of what it wrote; with the storage driver "copy" of all its files. This process is in the
 * user namespace, here and below. */
uint64_t container_size_written(const struct store *store, const struct container *container);

/* Those (`written`), and its image's. */
uint64_t container_size_whole(struct container_sizes *sizes, const struct store *store,
                              const struct container *container, uint64_t written);

#endif
