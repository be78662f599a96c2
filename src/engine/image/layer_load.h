/* One layer on its way from a source into two places at once: its blob, and the unpacker that
 * follows the blob's file as it grows. */
#ifndef KELP_ENGINE_IMAGE_LAYER_LOAD_H
#define KELP_ENGINE_IMAGE_LAYER_LOAD_H

#include "base/error.h"
#include "engine/image/manifest.h"
#include "engine/storage/intake.h"

#include <stdbool.h>
#include <stdint.h>

struct layer_load {
        struct blob_writer *blob;
        struct layer_writer *writer; /* NULL: only the blob is wanted */
        uint64_t resumed;            /* bytes that an earlier try had left */
        uint64_t told;               /* bytes that the unpacker may read */
        bool stale; /* it failed on those bytes, or for want of space: the next try starts anew */
};

/* unpack: also unpack it (this process is in the user namespace then). load is zeroed. */
int layer_load_open(struct intake *intake, const struct manifest_layer *layer,
                    const struct digest *diff_id, bool unpack, struct layer_load *load,
                    struct error *err);
void layer_load_release(struct layer_load *load);

/* Bytes at an offset; then how far there is no gap, as client_sink has it. */
int layer_load_take(struct layer_load *load, uint64_t offset, const void *data, size_t len,
                    struct error *err);
int layer_load_settle(struct layer_load *load, uint64_t upto, struct error *err);

/* Everything came: check both digests and hand both to the intake. */
int layer_load_finish(struct layer_load *load, const struct digest *digest, struct error *err);

#endif
