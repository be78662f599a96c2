/* Removing images that nobody needs: by last use, by age of use, down to a size. */
#ifndef KELP_ENGINE_IMAGE_PRUNE_H
#define KELP_ENGINE_IMAGE_PRUNE_H

#include "base/error.h"
#include "engine/image/image.h"

struct prune_options {
        bool all;             /* named ones too */
        int64_t unused_for;   /* seconds since the last use; -1: any. Named ones too */
        int64_t keep_storage; /* bytes of layers and blobs that may stay, least recently used go
                                 first; -1: all go. Named ones too */
        /* Filters; NULL: every image. */
        bool (*match)(void *data, struct image *image);
        void *data;
};

/* IDs of what was removed. Images of containers stay, and those of additional stores. This process
 * is in the user namespace. */
int image_prune(const struct store *store, const struct prune_options *options,
                struct strv *removed, struct error *err);

/* Downloads that broke off: those that nobody is at, and that are older than seconds. *bytes_out:
 * what they took. */
int partial_prune(const struct store *store, int64_t seconds, uint64_t *bytes_out,
                  struct error *err);

#endif
