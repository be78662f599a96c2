/* Signatures made with a key pair by cosign, skopeo or podman (sigstore), attached in the registry
 * as tag "sha256-HEX.sig". They are read whenever a policy asks for them; registries.d's
 * use-sigstore-attachments is not consulted. */
#ifndef KELP_ENGINE_IMAGE_SIGSTORE_H
#define KELP_ENGINE_IMAGE_SIGSTORE_H

#include "base/error.h"
#include "base/json.h"
#include "engine/image/source.h"

#include <stddef.h>

/* Does one signature satisfy a "sigstoreSigned" rule (keyPath(s), keyData(s), signedIdentity)?
 * name: the image's full reference; source: where it comes from, NULL when that has no signatures.
 */
int sigstore_check(const json_t *rule, const char *name, struct source *source,
                   const char *manifest, size_t len, struct error *err);

/* The signature (DER of ECDSA, or RSA) over data, by a public key in PEM. 1: good, 0: not, -1: the
 * key or the library cannot be used. */
int sigstore_verify(const char *pem, size_t pem_len, const void *signature, size_t signature_len,
                    const void *data, size_t len, struct error *err);

#endif
