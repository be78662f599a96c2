/* Signatures of images with OpenPGP ("simple signing", containers-signature(5)), made by gpg(1) and
 * kept in files, as a web server offers them to those who check (containers-registries.d(5),
 * "lookaside"). */
#ifndef KELP_ENGINE_IMAGE_SIGN_H
#define KELP_ENGINE_IMAGE_SIGN_H

#include "base/error.h"
#include "engine/image/reference.h"
#include "engine/storage/digest.h"

/* Write DIRECTORY/PATH@sha256=HEX/signature-N: the key's owner says that the reference is the
 * manifest of this digest. PATH is the reference's, N the first number that is free. key: what gpg
 * finds it by. */
int sign_manifest(const struct reference *ref, const struct digest *manifest, const char *key,
                  const char *directory, struct error *err);

#endif
