/* One file's contents and attributes, as a copy keeps them. */
#ifndef KELP_ENGINE_STORAGE_COPY_FILE_H
#define KELP_ENGINE_STORAGE_COPY_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The contents of a regular file into an empty one: shared blocks (FICLONE) where the file system
 * can, else a copy that leaves holes as they are. *no_clone: in and out, do not try to share. -1
 * with errno. */
int copy_file_contents(int from_fd, int to_fd, const struct stat *st, bool *no_clone);

/* Extended attributes of a file to its copy, but those that overlay keeps for itself and what a
 * directory records of its members (rootless/override.h). By path, not followed. What the file
 * system or the user namespace refuses of system.* and security.* is left out. -1 with errno. */
int copy_file_xattrs(const char *from, const char *to);

#endif
