/* The distribution client (distribution-spec 1.1): manifests and blobs of one repository. */
#ifndef KELP_ENGINE_REGISTRY_CLIENT_H
#define KELP_ENGINE_REGISTRY_CLIENT_H

#include "base/error.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

struct client_options {
        const char *authfile;
        const char *creds;    /* "user:password" */
        const char *cert_dir; /* certificates for this registry; NULL: certs.d */
        int tls_verify;       /* -1: yes, and plain HTTP for loopback hosts that do not speak TLS */
        const bool *cancel;   /* becomes true when the user interrupts; may be NULL */
};

/* Nothing is sent yet. registry "docker.io" becomes registry-1.docker.io. */
int client_open(const char *registry, const char *path, const struct client_options *options,
                struct client **client_out, struct error *err);
void client_close(struct client *client);

/* Are the credentials good? GET /v2/ with them; a registry that asks for none is content. */
int client_ping(struct client *client, struct error *err);

/* GET a manifest by tag or digest; media_type_out (may be NULL) and data are the caller's to free.
 * A digest is checked. ERROR_NOT_FOUND, ERROR_DENIED with the credentials' source. */
int client_manifest(struct client *client, const char *reference, char **data_out, size_t *len_out,
                    char **media_type_out, struct error *err);

/* GET a blob into memory, at most max bytes, digest checked. */
int client_blob(struct client *client, const struct digest *digest, size_t max, char **data_out,
                size_t *len_out, struct error *err);

/* Several blobs at a time, a large one over several requests for parts of it where the registry
 * allows. Transfers that break off are gone on with (Range) up to three times. An error of any ends
 * all. */
struct client_transfer {
        struct digest digest;
        uint64_t size; /* expected */
        void *data;
        uint64_t received; /* bytes from the beginning without a gap */
        uint64_t arrived;  /* bytes in all */
        /* the client's own: requests were made for all below `asked`; done() was called */
        uint64_t asked;
        bool ended;
};
struct client_sink {
        /* Its turn has come: may set received (bytes that are there already). */
        int (*start)(struct client_transfer *transfer, struct error *err);
        /* Bytes at an offset; often in order. */
        int (*take)(struct client_transfer *transfer, uint64_t offset, const void *data, size_t len,
                    struct error *err);
        /* All below upto is there: do a bounded piece of what needs the bytes in order. 1: there is
         * more to do, 0, -1. */
        int (*settle)(struct client_transfer *transfer, uint64_t upto, struct error *err);
        /* All is there and settled. */
        int (*done)(struct client_transfer *transfer, struct error *err);
        /* From time to time, for progress. */
        void (*tick)(void *data);
        void *data;
};
int client_fetch(struct client *client, struct client_transfer *transfers, size_t count,
                 size_t parallel, const struct client_sink *sink, struct error *err);

#endif
