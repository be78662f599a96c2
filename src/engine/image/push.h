/* Pushing: an image of the store to a transport. */
#ifndef KELP_ENGINE_IMAGE_PUSH_H
#define KELP_ENGINE_IMAGE_PUSH_H

#include "base/error.h"
#include "engine/image/pull.h"
#include "engine/image/send.h"
#include "engine/image/transport.h"

struct push_options {
        struct registry_options registry;
        enum send_format format;
        enum layer_compression compression; /* LAYER_DETECT: see send.h */
        int level;
        bool quiet;
};

/* destination: a transport or a reference in a registry; NULL: the image's own name. *digest_out:
 * of the manifest there. */
int image_push(const struct store *store, const char *name, const char *destination,
               const struct push_options *options, struct digest *digest_out, struct error *err);

/* The tag, digest or name that an image gets there; NULL: none. The caller frees. */
char *push_target_reference(const struct transport *transport);

/* A target for a transport: the registry, directory or archive is opened. *fd_out: of an archive's
 * file, or -1; the caller closes it after the target. */
int push_open_target(const struct store *store, const struct transport *transport,
                     const struct registry_options *registry, struct target **target_out,
                     int *fd_out, struct error *err);

#endif
