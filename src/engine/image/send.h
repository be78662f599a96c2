/* Sending one image of the store to a target: blobs side by side, then the manifest. */
#ifndef KELP_ENGINE_IMAGE_SEND_H
#define KELP_ENGINE_IMAGE_SEND_H

#include "base/error.h"
#include "engine/image/image.h"
#include "engine/image/target.h"
#include "engine/storage/layer.h"

#include <stdbool.h>

enum send_format { SEND_AS_IT_IS, SEND_OCI, SEND_DOCKER };

struct send_request {
        const struct image *image;
        struct target *target;
        const char *reference; /* see target_put_manifest() */
        enum send_format format;
        enum layer_compression compression; /* LAYER_DETECT: blobs go as they came, but plain ones
                                               are compressed for targets that want that */
        int level;                          /* 0: the usual */
        bool quiet;
        const bool *cancel;
};

/* "oci", "v2s2", "docker" */
int send_format_parse(const char *text, enum send_format *format_out, struct error *err);

/* What nothing has to be changed for goes out as it came, to the byte: digests and signatures stay.
 * *digest_out: of the manifest that was put. */
int send_image(const struct store *store, const struct send_request *request,
               struct digest *digest_out, struct error *err);

#endif
