/* Reading an image archive in one pass, from a file or a pipe.
 *
 * Small documents (JSON) are kept in memory. Everything else may be a layer: it goes into a blob
 * and is unpacked while it streams by, since the documents that say what it is often come last.
 * What turns out to be unwanted is dropped with the intake.
 */
#ifndef KELP_ENGINE_IMAGE_ARCHIVE_IN_H
#define KELP_ENGINE_IMAGE_ARCHIVE_IN_H

#include "base/error.h"
#include "engine/storage/digest.h"
#include "engine/storage/intake.h"
#include "engine/storage/layer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_part {
        char *name;   /* cleaned: no leading "./" or "/" */
        char *target; /* it is a link to this part; NULL: it is not */
        char *text;   /* a document; NULL: a blob */
        uint64_t size;
        struct digest digest;
        enum layer_compression compression;
        struct error unpack_error; /* why it is no layer; kind ERROR_NONE: it is one */
};

struct archive_in {
        struct archive_part *parts;
        size_t count;
        uint64_t documents; /* bytes of them all */
};

void archive_in_release(struct archive_in *in);

/* Plain, gzip, zstd, xz and bzip2 archives. cancel as in bring.h. */
int archive_in_read(struct intake *intake, int fd, const bool *cancel, struct archive_in *in_out,
                    struct error *err);

/* By name, through links; NULL when it has none. */
const struct archive_part *archive_in_find(const struct archive_in *in, const char *name);

/* By content. */
const struct archive_part *archive_in_by_digest(const struct archive_in *in,
                                                const struct digest *digest);

#endif
