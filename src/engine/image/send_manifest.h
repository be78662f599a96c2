/* The manifest under which an image is sent. */
#ifndef KELP_ENGINE_IMAGE_SEND_MANIFEST_H
#define KELP_ENGINE_IMAGE_SEND_MANIFEST_H

#include "base/error.h"
#include "engine/image/image.h"
#include "engine/image/send.h"

struct sent_layer {
        struct digest digest;
        uint64_t size;
        enum layer_compression compression;
};

struct sent_manifest {
        enum send_format format;
        const struct sent_layer *layers; /* as many as the image has */
        bool changed;                    /* they differ from the image's own */
};

/* The image's own, to the byte, when nothing changes; else one made of it. text and media_type are
 * the caller's to free. */
int send_manifest_make(const struct store *store, const struct image *image,
                       const struct sent_manifest *made, char **text_out, size_t *len_out,
                       char **media_type_out, struct error *err);

#endif
