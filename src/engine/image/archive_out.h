/* Writing a tar archive to a file or a pipe, front to back. */
#ifndef KELP_ENGINE_IMAGE_ARCHIVE_OUT_H
#define KELP_ENGINE_IMAGE_ARCHIVE_OUT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct archive_out;

/* fd is borrowed. */
struct archive_out *archive_out_open(int fd);

int archive_out_dir(struct archive_out *out, const char *name, struct error *err);
int archive_out_text(struct archive_out *out, const char *name, const char *text, size_t len,
                     struct error *err);

/* size bytes of fd, from its beginning. */
int archive_out_file(struct archive_out *out, const char *name, int fd, uint64_t size,
                     struct error *err);

/* size bytes of a blob in any compression, plain. */
int archive_out_inflated(struct archive_out *out, const char *name, int fd, uint64_t size,
                         struct error *err);

/* The end-of-archive marker. */
int archive_out_finish(struct archive_out *out, struct error *err);

/* NULL is fine. */
void archive_out_close(struct archive_out *out);

#endif
