/* kelp cp: files between a container and the host, another container, or a tar stream. */
#ifndef KELP_ENGINE_CONTAINER_COPY_H
#define KELP_ENGINE_CONTAINER_COPY_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/state/store.h"

#include <stdbool.h>

/* One end. A path of a container is resolved with its root as "/", what it has mounted there
 * included, whether it runs or not; a relative one starts at its working directory. */
struct copy_end {
        struct container *container; /* NULL: the host */
        const char *path;            /* NULL: a tar stream on standard input or output */
};

struct copy_options {
        bool keep_owners; /* in a container, those of the source; else the container's user */
        bool overwrite;   /* directories and other files may replace each other */
};

/* At least one end is a container. This process is outside of every user namespace of ours and ends
 * soon after: it enters the container's user namespace and a mount namespace. */
int container_copy(const struct store *store, const struct copy_end *from,
                   const struct copy_end *to, const struct copy_options *options,
                   struct error *err);

#endif
