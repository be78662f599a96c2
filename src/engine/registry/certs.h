/* certs.d (containers-certs.d(5)): certificates for a registry, in files. */
#ifndef KELP_ENGINE_REGISTRY_CERTS_H
#define KELP_ENGINE_REGISTRY_CERTS_H

#include "base/error.h"

struct certs {
        char *ca;   /* all CAs as one PEM text, the system's first; NULL: only the system's */
        char *cert; /* the client's certificate and key, paths; NULL: none */
        char *key;
};

void certs_release(struct certs *certs);

/* dir: --cert-dir; NULL: ~/.config/containers/certs.d/HOST, /etc/containers/certs.d/HOST,
 * /etc/docker/certs.d/HOST, the first that exists. host may have a port. */
int certs_find(const char *dir, const char *host, struct certs *certs_out, struct error *err);

#endif
