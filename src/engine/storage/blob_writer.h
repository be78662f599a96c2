/* Writing blobs: hashed on the way in, handed to an intake when they are whole. */
#ifndef KELP_ENGINE_STORAGE_BLOB_WRITER_H
#define KELP_ENGINE_STORAGE_BLOB_WRITER_H

#include "base/error.h"
#include "engine/storage/digest.h"
#include "engine/storage/intake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob_writer;

/* A blob whose digest is not known yet, in the staging directory. */
int blob_writer_open(struct intake *intake, struct blob_writer **writer_out, struct error *err);

/* A blob that is being downloaded: partial/HEX, which outlives this process when it breaks off.
 * *have_out: bytes that an earlier try left and that are taken over, always less than size. While
 * another process is at the same blob, it is an ordinary one. */
int blob_writer_resume(struct intake *intake, const struct digest *digest, uint64_t size,
                       struct blob_writer **writer_out, uint64_t *have_out, struct error *err);

/* The file, for reading what was added so far. Borrowed. */
int blob_writer_fd(const struct blob_writer *writer);

/* The next bytes. */
int blob_writer_add(struct blob_writer *writer, const void *data, size_t len, struct error *err);

/* Bytes anywhere in the blob. What closes the gap behind what is hashed is hashed at once, the rest
 * by settle: up to `upto`, below which there is no gap, and no more than a few megabytes a call; 1
 * when more is left, 0, -1. */
int blob_writer_put(struct blob_writer *writer, uint64_t offset, const void *data, size_t len,
                    struct error *err);
int blob_writer_settle(struct blob_writer *writer, uint64_t upto, struct error *err);

/* How far it is hashed: so far the file is as it will stay. */
uint64_t blob_writer_hashed(const struct blob_writer *writer);

/* Compare with what was expected (NULL: anything) and hand it to the intake; what differs is
 * removed. Frees the writer either way. */
int blob_writer_finish(struct blob_writer *writer, const struct digest *expected,
                       struct digest *digest_out, struct error *err);

/* Keeps a partial download, unless drop. NULL is fine. */
void blob_writer_abort(struct blob_writer *writer, bool drop);

/* A blob that is in memory. */
int blob_add(struct intake *intake, const void *data, size_t len, struct digest *digest_out,
             struct error *err);

#endif
