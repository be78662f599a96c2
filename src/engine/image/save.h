/* Saving images: docker-archive, oci-archive, OCI layout, "dir:". */
#ifndef KELP_ENGINE_IMAGE_SAVE_H
#define KELP_ENGINE_IMAGE_SAVE_H

#include "base/error.h"
#include "engine/image/image.h"
#include "engine/storage/layer.h"

enum save_format { SAVE_DOCKER_ARCHIVE, SAVE_OCI_ARCHIVE, SAVE_OCI_DIR, SAVE_DOCKER_DIR };

struct save_image {
        const struct image *image;
        struct strv names; /* full references to save it under; may be empty */
};

int save_format_parse(const char *text, enum save_format *format_out, struct error *err);

/* Images to fd, front to back: plain layers, configs, manifest.json (docker save's format). */
int save_docker_archive(const struct store *store, const struct save_image *images, size_t count,
                        int fd, struct error *err);

/* The same as an OCI layout. layers: LAYER_DETECT leaves them as they are. */
int save_oci_archive(const struct store *store, const struct save_image *images, size_t count,
                     enum layer_compression layers, int fd, struct error *err);

/* To a directory, in one of the two formats for directories. */
int save_directory(const struct store *store, const struct save_image *images, size_t count,
                   enum save_format format, enum layer_compression layers, const char *path,
                   struct error *err);

#endif
