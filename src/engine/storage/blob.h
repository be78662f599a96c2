/* Blobs: ROOT/blobs/sha256/HEX, immutable, named by their content (OCI image layout). */
#ifndef KELP_ENGINE_STORAGE_BLOB_H
#define KELP_ENGINE_STORAGE_BLOB_H

#include "base/error.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "blobs/sha256/HEX", the caller frees. */
char *blob_path(const struct digest *digest);

/* In this store or in an additional one. */
bool blob_exists(const struct store *store, const struct digest *digest);

/* Read-only descriptor, size_out may be NULL; ERROR_NOT_FOUND when absent. */
int blob_open(const struct store *store, const struct digest *digest, int *fd_out,
              uint64_t *size_out, struct error *err);

/* Whole contents (manifests, configs), at most max bytes, NUL-terminated, digest checked. Caller
 * frees. */
int blob_read(const struct store *store, const struct digest *digest, size_t max, char **data_out,
              size_t *len_out, struct error *err);

/* Remove; the caller holds the exclusive store lock. */
int blob_remove(const struct store *store, const struct digest *digest, struct error *err);

/* Everything written so far is durable (one syncfs(2)). */
int store_sync(const struct store *store, struct error *err);

#endif
