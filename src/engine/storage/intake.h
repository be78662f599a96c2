/* What one pull, load, import or commit brings into the store.
 *
 * Blobs and layers are made under names of their own (staging/, partial/); intake_commit() makes
 * all of them durable with one syncfs(2) and only then renames each to its place. So a name in
 * blobs/ or layers/ always stands for content that is whole, on disk too: a power failure leaves
 * the old store or the new one.
 */
#ifndef KELP_ENGINE_STORAGE_INTAKE_H
#define KELP_ENGINE_STORAGE_INTAKE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>

struct intake;

/* `what` becomes part of the staging directory's name ("pull", "load"). */
int intake_open(const struct store *store, const char *what, struct intake **intake_out,
                struct error *err);

/* A large one: begin to write to the disk while it goes on. */
void intake_write_behind(struct intake *intake);

/* Drop what was not committed (partial downloads are kept). NULL is fine. */
void intake_close(struct intake *intake);

/* In the store, or about to be brought by this intake. */
bool intake_has_blob(const struct intake *intake, const struct digest *digest);
bool intake_has_layer(const struct intake *intake, const struct digest *diff_id,
                      const char *mapping);

/* Either, by its path in the store ("blobs/...", "layers/..."). */
bool intake_has(const struct intake *intake, const char *path);

/* Where a layer is now, relative to the store's root. The caller frees. */
char *intake_layer_path(const struct intake *intake, const struct digest *diff_id,
                        const char *mapping);

/* A blob of this intake or of the store, for reading. */
int intake_open_blob(const struct intake *intake, const struct digest *digest, int *fd_out,
                     struct error *err);

/* Sync, then rename everything into place (with `only`: what goes to those places). The caller
 * holds the shared store lock and publishes the reference next. What another process brought
 * meanwhile is used. */
int intake_commit(struct intake *intake, const struct strv *only, struct error *err);

/* For the writers of blobs and layers: the store, a fresh name below the staging directory
 * (relative to the store's root, the caller frees), and handing over what is finished: `from` is
 * to become `target`. lock_fd (or -1) is kept open until then. */
const struct store *intake_store(const struct intake *intake);
char *intake_new_path(struct intake *intake, const char *what);
void intake_add(struct intake *intake, const char *from, const char *target, int lock_fd);

#endif
