/* Making an image out of layers and a config: import and commit. */
#ifndef KELP_ENGINE_IMAGE_BUILD_H
#define KELP_ENGINE_IMAGE_BUILD_H

#include "base/error.h"
#include "base/json.h"
#include "engine/image/image.h"
#include "engine/storage/intake.h"
#include "engine/storage/layer.h"

struct built_layer {
        struct digest blob, diff_id;
        uint64_t size; /* bytes of the blob */
        enum layer_compression compression;
};

/* Everything from fd becomes one layer: its blob as it came (xz and bzip2, which no registry
 * knows, plain) while it is unpacked. This process is in the user namespace. */
int build_layer(struct intake *intake, int fd, struct built_layer *layer_out, struct error *err);

struct build {
        const struct image *base;        /* its layers come first; NULL: from nothing */
        const struct built_layer *layer; /* on top; NULL: none */
        json_t *config;                  /* the whole image config but rootfs; borrowed */
        bool docker;                     /* Docker's media types instead of OCI's */
        const json_t *annotations;       /* of the manifest, or NULL */
};

/* Config and manifest into the intake. */
int build_image(struct intake *intake, const struct build *build, struct digest *config_out,
                struct digest *manifest_out, struct error *err);

/* The same, and the image as it will be found in the store (without its summary). */
int build_image_next(struct intake *intake, const struct build *build, struct image *image_out,
                     struct error *err);

/* A step for the config's "history". */
void build_add_history(json_t *config, const char *created, const char *created_by,
                       const char *comment, bool empty_layer);

/* Now, as configs write it; 21 bytes. */
void build_timestamp(time_t time, char text_out[32]);

#endif
