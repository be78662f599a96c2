/* Layers: unpacked once, shared by every image that has them.
 *
 *     layers/DIFFID[.MAPPING]/diff   the files, owned as seen in the user namespace of that mapping
 *                            /meta   JSON: size, parents that the layer left out, the mapping's
 *                                    ranges, ...
 *
 * DIFFID is the hex of the uncompressed tar's sha256. A layer appears by rename once it is whole.
 * Unpacking runs in a child process that is confined to its staging directory.
 */
#ifndef KELP_ENGINE_STORAGE_LAYER_H
#define KELP_ENGINE_STORAGE_LAYER_H

#include "base/error.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"
#include "engine/storage/intake.h"
#include "rootless/id_map.h"

#include <stdbool.h>
#include <stdint.h>

enum layer_compression {
        LAYER_PLAIN,
        LAYER_GZIP,
        LAYER_ZSTD,
        LAYER_XZ, /* of archives only, no registry has them */
        LAYER_BZIP2,
        LAYER_DETECT,       /* the first bytes say */
        LAYER_FOREIGN_ONLY, /* for an inflater: pass on what registries know, inflate xz and bzip2
                             */
};

/* "layers/DIFFID[.MAPPING]" of a layer in this store, there or not. The caller frees. */
char *layer_path(const struct digest *diff_id, const char *mapping);

/* Where the layer is, there or in an additional store: relative to the store's root, or absolute.
 * When it is nowhere: layer_path(). The caller frees. */
char *layer_find(const struct store *store, const struct digest *diff_id, const char *mapping);

/* Is the unpacked layer there? mapping: userns_mapping_name(), "" by default. */
bool layer_exists(const struct store *store, const struct digest *diff_id, const char *mapping);

/* The map of a layer's own mapping, as it was noted when it was unpacked. False: there is none. */
bool layer_maps(const struct store *store, const struct digest *diff_id, const char *mapping,
                struct id_maps *maps_out);

/* The highest owner of its files, as counted then; 0 when it is not known. */
uint32_t layer_max_id(const struct store *store, const struct digest *diff_id);

/* Bytes of the layer's plain tar archive, as counted when it was unpacked; `otherwise` when it is
 * not unpacked. */
uint64_t layer_tar_size(const struct store *store, const struct digest *diff_id,
                        uint64_t otherwise);

/* One layer being unpacked. */
struct layer_writer;

struct layer_source {
        enum layer_compression compression; /* LAYER_DETECT: look at the first bytes */
        const struct digest *diff_id;       /* what it must be; NULL: not known (import) */
        uint64_t unpacked_max; /* refuse a bomb beyond that many bytes of tar; 0: default */
        const char *mapping;
        /* The map behind the mapping, where this process has not entered that itself: it is in the
         * default namespace then, and the owners are translated. */
        const struct id_maps *maps;
        bool plain_blob; /* if it is a plain archive, the caller has its digest in the end */
};

/* Start the unpacker (this process is in the user namespace already). It reads the layer's bytes
 * from the beginning of blob_fd (borrowed), a file that may still grow. */
int layer_writer_open(struct intake *intake, const struct layer_source *source, int blob_fd,
                      struct layer_writer **writer_out, struct error *err);

/* The first `have` bytes of the file are there. */
void layer_writer_more(struct layer_writer *writer, uint64_t have);

/* Did the unpacker give up already? layer_writer_finish() has its reason. */
bool layer_writer_gave_up(const struct layer_writer *writer);

/* The file is complete. Wait until the files are written, check the diffID, hand the layer to the
 * intake. blob: digest of the file, which of a plain layer is the diffID too, so that it is not
 * computed twice; NULL unless layer_source.plain_blob. *diff_id_out and *size_out (of the tar) may
 * be NULL. Nothing is left behind on failure. Frees the writer either way. */
int layer_writer_finish(struct layer_writer *writer, const struct digest *blob,
                        struct digest *diff_id_out, uint64_t *size_out, struct error *err);

/* Kill the unpacker, remove what it wrote, free. NULL is fine. */
void layer_writer_abort(struct layer_writer *writer);

/* Unpack a blob that the store or the intake has (for another mapping, or after damage). */
int layer_unpack_blob(struct intake *intake, const struct digest *blob,
                      const struct layer_source *source, struct error *err);

#endif
