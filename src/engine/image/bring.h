/* Bringing one image from a source into the store. */
#ifndef KELP_ENGINE_IMAGE_BRING_H
#define KELP_ENGINE_IMAGE_BRING_H

#include "base/error.h"
#include "engine/image/source.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <stddef.h>

struct bring_request {
        struct source *source;
        const char *reference;     /* tag or digest for the source, or NULL: the only one */
        const char *platform;      /* "os/arch[/variant]", NULL: this machine's */
        const char *name;          /* full reference to publish; NULL: it gets none */
        const struct digest *have; /* a manifest that need not come again; NULL: any may */
        bool quiet;                /* no progress */
        const bool *cancel;        /* becomes true when the user interrupts */
        /* May it be used? Called with the manifest (the index's, then the image's) before anything
         * else is fetched; NULL: everything may. */
        int (*allow)(void *data, const char *manifest, size_t len, struct error *err);
        void *data;
};

/* Manifest and config, then every layer that the store lacks, several side by side; published last.
 * This process is in the user namespace. An interruption at any time leaves the store as it was,
 * but for partial downloads that the next try goes on with. When the source has the manifest that
 * `have` names, that is all: nothing is told, and the name is not published. */
int bring_image(const struct store *store, const struct bring_request *request,
                struct digest *manifest_out, struct error *err);

#endif
