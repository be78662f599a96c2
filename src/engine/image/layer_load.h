/* One layer on its way from a source into two places at once: its blob and its unpacker's pipe.
 *
 * What an earlier, broken pull left of the blob is played again into both before the first new byte
 * is taken. Nothing here blocks but the end: the unpacker's pipe takes what it has room for.
 */
#ifndef KELP_ENGINE_IMAGE_LAYER_LOAD_H
#define KELP_ENGINE_IMAGE_LAYER_LOAD_H

#include "base/error.h"
#include "engine/image/manifest.h"
#include "engine/storage/intake.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct layer_load {
        struct blob_writer *blob;
        struct layer_writer *writer; /* NULL: only the blob is wanted */
        uint64_t resumed;            /* bytes that were there */
        bool replaying;
        char *pending; /* what the unpacker's pipe had no room for */
        size_t pending_len, pending_at;
        bool deaf;  /* the unpacker gave up; its reason comes at the end */
        bool stale; /* it failed on bytes of an earlier try: the next try starts anew */
};

/* unpack: also unpack it (this process is in the user namespace then). load is zeroed. */
int layer_load_open(struct intake *intake, const struct manifest_layer *layer,
                    const struct digest *diff_id, bool unpack, struct layer_load *load,
                    struct error *err);
void layer_load_release(struct layer_load *load);

/* What a paused transfer waits for: writable, or -1 for nothing. */
int layer_load_fd(const struct layer_load *load);

/* Bytes taken: len, or 0 to be called again later with the same; -1. */
ssize_t layer_load_take(struct layer_load *load, const void *data, size_t len, struct error *err);

/* Everything came: check both digests and hand both to the intake. */
int layer_load_finish(struct layer_load *load, const struct digest *digest, struct error *err);

#endif
