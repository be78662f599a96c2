/* Blobs: ROOT/blobs/sha256/HEX, immutable, named by their content (OCI image layout). */
#ifndef KELP_ENGINE_STORAGE_BLOB_H
#define KELP_ENGINE_STORAGE_BLOB_H

#include "base/error.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool blob_exists(const struct store *store, const struct digest *digest);

/* Read-only descriptor, size_out may be NULL; ERROR_NOT_FOUND when absent. */
int blob_open(const struct store *store, const struct digest *digest, int *fd_out,
              uint64_t *size_out, struct error *err);

/* Whole contents (manifests, configs), at most max bytes, NUL-terminated, digest checked. Caller
 * frees. */
int blob_read(const struct store *store, const struct digest *digest, size_t max, char **data_out,
              size_t *len_out, struct error *err);

/* Add a blob that is in memory; digest_out may be NULL. */
int blob_add(const struct store *store, const void *data, size_t len, struct digest *digest_out,
             struct error *err);

/* A blob that arrives in pieces. It is hashed on the way; finish compares with what was expected
 * (NULL: anything) and publishes. Not synced: the caller syncs the file system once (store_sync).
 */
struct blob_writer;
int blob_writer_open(const struct store *store, struct blob_writer **writer_out, struct error *err);
int blob_writer_add(struct blob_writer *writer, const void *data, size_t len, struct error *err);
int blob_writer_finish(struct blob_writer *writer, const struct digest *expected,
                       struct digest *digest_out, struct error *err);
void blob_writer_abort(struct blob_writer *writer);

/* Remove; the caller holds the exclusive store lock. */
int blob_remove(const struct store *store, const struct digest *digest, struct error *err);

/* Everything written so far is durable (one syncfs(2)). */
int store_sync(const struct store *store, struct error *err);

#endif
