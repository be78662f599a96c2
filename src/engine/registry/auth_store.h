/* Keeping credentials: auth.json and docker's config.json (containers-auth.json(5)). */
#ifndef KELP_ENGINE_REGISTRY_AUTH_STORE_H
#define KELP_ENGINE_REGISTRY_AUTH_STORE_H

#include "base/error.h"

#include <stdbool.h>

/* The file that login writes: authfile, $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json,
 * or without a runtime directory ~/.config/containers/auth.json. compat: docker's,
 * $DOCKER_CONFIG/config.json or ~/.docker/config.json. The caller frees; NULL with *err. */
char *auth_store_file(const char *authfile, const char *compat, struct error *err);

/* Add or replace the entry for a key ("registry" or "registry/path"). A helper that the file names
 * for it (credHelpers, credsStore) gets it instead. Everything else in the file stays; a damaged
 * file is an error, and stays. */
int auth_store_put(const char *file, const char *key, const char *user, const char *password,
                   struct error *err);

/* Remove it. *removed_out: there was one. */
int auth_store_remove(const char *file, const char *key, bool *removed_out, struct error *err);

/* Remove all. */
int auth_store_clear(const char *file, struct error *err);

#endif
