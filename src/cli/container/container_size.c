/* Sizes of containers: the files are counted each time. See container_size.h. */
#include "cli/container/container_size.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/rootfs_of.h"
#include "engine/state/usage.h"

#include <string.h>

void container_sizes_release(struct container_sizes *sizes)
{
        strv_release(&sizes->layers);
        free(sizes->bytes);
}

/* A copy has the image's files too. */
uint64_t container_size_written(const struct store *store, const struct container *c)
{
        AUTO_FREE char *dir = xasprintf("containers/%s/%s", c->id,
                                        c->state.driver == STORAGE_COPY ? "copy" : "upper");

        return usage_tree(store, dir);
}

static uint64_t layer_size(struct container_sizes *sizes, const struct store *store,
                           const char *layer)
{
        for (size_t i = 0; i < sizes->layers.count; i++)
                if (strcmp(sizes->layers.items[i], layer) == 0)
                        return sizes->bytes[i];
        strv_add(&sizes->layers, layer);
        sizes->bytes = xreallocarray(sizes->bytes, sizes->layers.count, sizeof(*sizes->bytes));
        return sizes->bytes[sizes->layers.count - 1] = usage_tree(store, layer);
}

uint64_t container_size_whole(struct container_sizes *sizes, const struct store *store,
                              const struct container *c, uint64_t written)
{
        AUTO(rootfs) rootfs = { 0 };
        uint64_t whole = written;

        rootfs_of(store, c, &rootfs);
        for (size_t i = 0; i < rootfs.layers.count && !rootfs.copied; i++)
                whole += layer_size(sizes, store, rootfs.layers.items[i]);
        return whole;
}
