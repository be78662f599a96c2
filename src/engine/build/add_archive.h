/* ADD of a local archive: its files, not itself. */
#ifndef KELP_ENGINE_BUILD_ADD_ARCHIVE_H
#define KELP_ENGINE_BUILD_ADD_ARCHIVE_H

#include "engine/build/copying.h"

/* Is the file a tar archive, plain or compressed with gzip, bzip2, xz or zstd? */
bool add_archive_is(int fd);

/* Its entries below the directory `to`; owners as in the archive, unless --chown says. Paths that
 * lead out of it are ERROR_INVALID. */
int add_archive_emit(const struct copying *copying, struct place *place, int fd, const char *to,
                     struct error *err);

#endif
