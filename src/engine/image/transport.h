/* Where an image is read from or written to: containers-transports(5). */
#ifndef KELP_ENGINE_IMAGE_TRANSPORT_H
#define KELP_ENGINE_IMAGE_TRANSPORT_H

#include "base/error.h"

#include <stdbool.h>

enum transport_kind {
        TRANSPORT_DOCKER, /* a registry: "docker://REF", or REF alone */
        TRANSPORT_OCI,    /* "oci:PATH[:NAME]" */
        TRANSPORT_OCI_ARCHIVE,
        TRANSPORT_DOCKER_ARCHIVE,
        TRANSPORT_DIR,
};

struct transport {
        enum transport_kind kind;
        bool written;    /* the transport was named, not implied */
        char *path;      /* of a directory or archive; NULL: a registry */
        char *reference; /* the name in it, or NULL; of a registry: the whole reference */
};

void transport_release(struct transport *transport);

/* Split "TRANSPORT:..." ; a text without a transport is a reference in a registry. Transports that
 * kelp does not have are ERROR_UNSUPPORTED, by name. */
int transport_parse(const char *text, struct transport *transport_out, struct error *err);

/* "docker", "oci", "oci-archive", ...: as in policy.json. */
const char *transport_name(enum transport_kind kind);

/* The full name that an image gets which came from a file: "localhost/" in front where there is no
 * registry, ":latest" behind where there is no tag. NULL when the text is not a reference. The
 * caller frees. */
char *transport_local_name(const char *text);

/* The same for one that a user gives an image: a name with a digest is refused. */
int transport_new_name(const char *text, char **name_out, struct error *err);

#endif
