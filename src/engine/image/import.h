/* Making an image of a tar archive of a root file system. */
#ifndef KELP_ENGINE_IMAGE_IMPORT_H
#define KELP_ENGINE_IMAGE_IMPORT_H

#include "base/error.h"
#include "base/json.h"
#include "engine/image/image.h"

struct import_options {
        const char *reference; /* full name, or NULL: the image gets none */
        json_t *config;        /* the image config's "config" object, may be empty; borrowed */
        const char *message;   /* for the history, or NULL */
        const char *platform;  /* "os/arch[/variant]", NULL: this machine's */
};

/* Read the archive (plain, gzip, zstd, xz, bzip2) from fd to its end. This process is in the user
 * namespace. */
int image_import(const struct store *store, int fd, const struct import_options *options,
                 struct digest *config_digest_out, struct error *err);

/* A configuration of Docker's shape laid over a "config" object. ERROR_INVALID names the key that
 * is unknown or has the wrong type. */
int import_merge_config(json_t *config, const json_t *over, struct error *err);

#endif
