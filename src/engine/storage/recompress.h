/* A layer's blob in another compression. */
#ifndef KELP_ENGINE_STORAGE_RECOMPRESS_H
#define KELP_ENGINE_STORAGE_RECOMPRESS_H

#include "base/error.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/layer.h"

#include <stdint.h>

struct recompress {
        enum layer_compression to; /* LAYER_PLAIN, LAYER_GZIP, LAYER_ZSTD */
        int level;                 /* 0: the usual: ISA-L's fastest good one, zstd's 3 */
};

/* Is the level one that the format has? gzip 1-9, zstd 1-20. */
int recompress_check(const struct recompress *request, struct error *err);

/* Everything of fd (in any compression), written to the blob writer; finishing it is the caller's.
 * *tar_size_out: bytes of the plain archive; may be NULL. */
int recompress(int fd, const struct recompress *request, struct blob_writer *writer,
               uint64_t *tar_size_out, struct error *err);

#endif
