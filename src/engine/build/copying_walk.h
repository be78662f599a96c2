/* The files of a directory that COPY or ADD copies. For copying.c and its neighbours. */
#ifndef KELP_ENGINE_BUILD_COPYING_WALK_H
#define KELP_ENGINE_BUILD_COPYING_WALK_H

#include "engine/build/copying.h"

/* What is in the directory fd, which is `path` below the sources' root ("" is the root), into the
 * directory `to`. */
int copying_walk(const struct copying *copying, struct place *place, int fd, const char *path,
                 const char *to, struct error *err);

/* Is it copied? path: below the sources' root; below: below the source that was named. */
bool copying_wants(const struct copying *copying, const char *path, const char *below);

/* Owner and mode as they are to be. From another image the owner stays, as recorded: dir_fd/name,
 * or (name NULL) fd itself, or (-1) none. */
void copying_adjust(const struct copying *copying, int fd, const char *name, struct stat *st);

#endif
