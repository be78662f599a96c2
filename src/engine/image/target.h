/* Where an image goes to: a repository of a registry, an OCI layout (directory or archive), a
 * "dir:" directory. */
#ifndef KELP_ENGINE_IMAGE_TARGET_H
#define KELP_ENGINE_IMAGE_TARGET_H

#include "base/error.h"
#include "engine/image/reference.h"
#include "engine/registry/client.h"
#include "engine/registry/upload.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target;

struct target_blob {
        struct digest digest;
        uint64_t size;
        int fd;                                   /* read from its beginning, borrowed */
        void (*sent)(void *data, uint64_t bytes); /* progress, or NULL */
        void *data;
};

struct target_ops {
        int (*has_blob)(struct target *target, const struct digest *digest, bool *has_out,
                        struct error *err);
        int (*put_blob)(struct target *target, const struct target_blob *blob, struct error *err);
        /* NULL: the target wants to know digest and size first. */
        int (*stream_blob)(struct target *target, const struct client_stream *stream,
                           struct error *err);
        int (*put_manifest)(struct target *target, const char *reference, const char *media_type,
                            const char *text, size_t len, struct error *err);
        int (*finish)(struct target *target, struct error *err);
        void (*close)(struct target *target);
        /* Another one for the same place, for a thread of its own; NULL: one at a time. */
        struct target *(*clone)(struct target *target, struct error *err);
        bool compressed; /* plain layers are compressed on their way here */
};

/* The implementations embed it as their first member. */
struct target {
        const struct target_ops *ops;
};

/* The store's origins (origin.h) are asked and told what the repository has. */
int target_registry_open(const struct store *store, const struct reference *ref,
                         const struct client_options *options, struct target **target_out,
                         struct error *err);

/* PATH is made when missing; an OCI layout that is there keeps its other images. */
int target_layout_open(const char *path, struct target **target_out, struct error *err);
int target_dir_open(const char *path, struct target **target_out, struct error *err);

/* An OCI layout as a tar archive, written to fd (borrowed). */
int target_archive_open(int fd, struct target **target_out, struct error *err);

/* reference: a tag in a registry, the name in a layout (NULL: none); of an image within an index,
 * its digest. */
int target_put_manifest(struct target *target, const char *reference, const char *media_type,
                        const char *text, size_t len, struct error *err);

/* Everything was put. */
int target_finish(struct target *target, struct error *err);

void target_close(struct target *target);

#endif
