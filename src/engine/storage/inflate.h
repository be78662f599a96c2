/* Inflating a layer as it comes out of a pipe: gzip (ISA-L, else zlib), zstd, xz, bzip2,
 * plain. */
#ifndef KELP_ENGINE_STORAGE_INFLATE_H
#define KELP_ENGINE_STORAGE_INFLATE_H

#include "base/error.h"
#include "engine/storage/layer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct inflater;

/* fd is borrowed. max: bytes of output beyond which it is ERROR_TOO_LARGE. Loads libisal when it is
 * installed, so call it before the process confines itself. */
int inflater_open(int fd, enum layer_compression compression, uint64_t max,
                  struct inflater **inflater_out, struct error *err);

/* fd is a file that somebody still writes to, read from its beginning. *have (borrowed, in shared
 * memory) bytes of it are there; a byte on growing_fd (borrowed) says that it has become more, its
 * end of file that all is there. */
void inflater_follow(struct inflater *inflater, int growing_fd, const _Atomic uint64_t *have);

/* Bytes read, 0 at the end, -1. Several gzip members or zstd frames in a row are one stream. */
ssize_t inflater_read(struct inflater *inflater, void *data, size_t size, struct error *err);

/* Known once something was read. */
bool inflater_is_plain(const struct inflater *inflater);

uint64_t inflater_total(const struct inflater *inflater);

/* The first bytes say what it is (RFC 1952, RFC 8878). */
enum layer_compression inflate_detect(const unsigned char *data, size_t len);

void inflater_close(struct inflater *inflater);

#endif
