/* SHA-256 in a thread of its own, so that hashing a stream overlaps with using it. */
#ifndef KELP_ENGINE_STORAGE_HASHER_H
#define KELP_ENGINE_STORAGE_HASHER_H

#include "base/error.h"
#include "engine/storage/digest.h"

#include <stddef.h>

#define HASHER_CHUNK ((size_t)256 << 10)

struct hasher;

struct hasher *hasher_new(void);

/* A buffer of HASHER_CHUNK bytes to fill; blocks until one is free. It stays readable until the
 * next call of hasher_buffer but one: two are in turn. */
void *hasher_buffer(struct hasher *hasher);

/* Hash the first len bytes of the buffer got last. */
void hasher_submit(struct hasher *hasher, size_t len);

/* The digest of everything; frees. */
void hasher_finish(struct hasher *hasher, struct digest *digest_out);

#endif
