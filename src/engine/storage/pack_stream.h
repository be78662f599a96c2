/* A tar archive as it is written, entry by entry: what pack.c makes of trees, and a build of what
 * it copies. */
#ifndef KELP_ENGINE_STORAGE_PACK_STREAM_H
#define KELP_ENGINE_STORAGE_PACK_STREAM_H

#include "base/error.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

struct pack_stream_options {
        int out_fd;                    /* borrowed; -1: nowhere, for the digest alone */
        struct digest_context *digest; /* of all that is written, or NULL */
        const time_t *mtime;           /* that every entry gets; NULL: its own */
        const bool *cancel;            /* becomes true when the user interrupts; may be NULL */
};

struct pack_stream;
struct pack_stream *pack_stream_open(const struct pack_stream_options *options);

/* dir_fd/last, not followed, under a name and with the attributes of *st (its type and size are the
 * file's). Of names of one file the second becomes a hard link. Not what is in a directory. */
int pack_stream_put(struct pack_stream *stream, int dir_fd, const char *last, const char *name,
                    const struct stat *st, struct error *err);

/* A regular file that is open for reading (it is read from its beginning), or a directory. */
int pack_stream_put_fd(struct pack_stream *stream, int fd, const char *name, const struct stat *st,
                       struct error *err);

/* A file or directory of which only this is there. */
int pack_stream_data(struct pack_stream *stream, const char *name, const struct stat *st,
                     const void *data, size_t len, struct error *err);

/* An entry of another archive, as it is, then what it holds: a piece at its offset (between them
 * are zeros). */
struct archive_entry;
int pack_stream_entry(struct pack_stream *stream, struct archive_entry *entry, struct error *err);
int pack_stream_block(struct pack_stream *stream, const void *data, size_t len, int64_t offset,
                      struct error *err);

/* The end of the archive. Frees it, also on failure. */
int pack_stream_close(struct pack_stream *stream, struct error *err);

/* NULL is fine. */
void pack_stream_abort(struct pack_stream *stream);

#endif
