/* maskedPaths and readonlyPaths. */
#ifndef KELP_ENGINE_RUNTIME_MASK_H
#define KELP_ENGINE_RUNTIME_MASK_H

#include "base/error.h"

/* Cover what path is inside the root: a directory by an empty one, a file by /dev/null. Nothing
 * there: nothing to do. *null_fd is -1 at first, and the host's /dev/null, checked, once it was
 * needed; the caller closes it. */
int mask_path(int root_fd, const char *path, int *null_fd, struct error *err);

/* Make what path is inside the root read-only; nothing there: nothing to do. */
int mask_read_only(int root_fd, const char *path, struct error *err);

#endif
