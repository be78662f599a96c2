/* Where an image comes from: a repository of a registry, an OCI layout, a "dir:" directory. */
#ifndef KELP_ENGINE_IMAGE_SOURCE_H
#define KELP_ENGINE_IMAGE_SOURCE_H

#include "base/error.h"
#include "engine/image/reference.h"
#include "engine/registry/client.h"
#include "engine/storage/digest.h"

#include <stddef.h>

struct source;

struct source_ops {
        int (*manifest)(struct source *source, const char *reference, char **data_out,
                        size_t *len_out, char **media_type_out, struct error *err);
        int (*blob)(struct source *source, const struct digest *digest, size_t max, char **data_out,
                    size_t *len_out, struct error *err);
        int (*fetch)(struct source *source, struct client_transfer *transfers, size_t count,
                     const struct client_sink *sink, struct error *err);
        void (*close)(struct source *source);
};

/* The implementations embed it as their first member. */
struct source {
        const struct source_ops *ops;
};

/* A registry, with its mirrors (registries.conf). Nothing is sent yet. */
int source_registry_open(const struct reference *ref, const struct client_options *options,
                         struct source **source_out, struct error *err);

/* PATH of an OCI layout; of "dir:". */
int source_layout_open(const char *path, struct source **source_out, struct error *err);
int source_dir_open(const char *path, struct source **source_out, struct error *err);

/* A manifest by tag, digest or, for NULL, the only one there is. A digest is checked;
 * media_type_out and data are the caller's to free. */
int source_manifest(struct source *source, const char *reference, char **data_out, size_t *len_out,
                    char **media_type_out, struct error *err);

/* A blob in memory, at most max bytes, digest checked. */
int source_blob(struct source *source, const struct digest *digest, size_t max, char **data_out,
                size_t *len_out, struct error *err);

/* Several blobs; see client_fetch(). */
int source_fetch(struct source *source, struct client_transfer *transfers, size_t count,
                 const struct client_sink *sink, struct error *err);

void source_close(struct source *source);

#endif
