/* Writing to a registry (distribution-spec, "Push"). */
#ifndef KELP_ENGINE_REGISTRY_UPLOAD_H
#define KELP_ENGINE_REGISTRY_UPLOAD_H

#include "base/error.h"
#include "engine/registry/client.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int client_has_blob(struct client *client, const struct digest *digest, bool *has_out,
                    struct error *err);

struct client_upload {
        const struct digest *digest;
        uint64_t size;
        int fd;                 /* read from its beginning */
        const char *mount_from; /* another repository of the registry that may have it, or NULL */
        void (*sent)(void *data, uint64_t bytes); /* progress, or NULL */
        void *data;
};

/* Mounted when the registry can, else sent in one request. *mounted_out may be NULL. */
int client_put_blob(struct client *client, const struct client_upload *upload, bool *mounted_out,
                    struct error *err);

/* A blob that is being made: digest and size come at its end. */
struct client_stream {
        int fd;
        int64_t (*grown)(void *data, uint64_t at); /* see struct request */
        int (*ended)(void *data, struct digest *digest_out, struct error *err);
        void (*sent)(void *data, uint64_t bytes);
        void *data;
};

/* One request without a length (PATCH), and one that closes it with the digest. */
int client_stream_blob(struct client *client, const struct client_stream *stream,
                       struct digest *digest_out, struct error *err);

/* Under a tag or a digest. */
int client_put_manifest(struct client *client, const char *reference, const char *media_type,
                        const char *text, size_t len, struct error *err);

#endif
