/* Paths: inside a container's root, and trees to make and remove.
 *
 * Any path that an image, an archive or a container had a say in goes through path_open_in(): the
 * kernel resolves it with the root as "/" (openat2(2) RESOLVE_IN_ROOT), so that neither ".." nor
 * a symlink leads outside.
 */
#ifndef KELP_BASE_PATH_H
#define KELP_BASE_PATH_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <sys/types.h>

/* open(2) with root_fd as the root; magic links refused. -1 with errno set. */
int path_open_in(int root_fd, const char *path, int flags, mode_t mode);

/* Open a directory below root_fd as O_PATH, creating missing ones with the mode. -1 with errno. */
int path_make_dirs_in(int root_fd, const char *path, mode_t mode);

/* What is at path below root_fd, as O_PATH; a missing one becomes an empty file of the mode, in
 * directories that are made if need be. A link whose target is missing has its target made. -1 with
 * errno. */
int path_make_file_in(int root_fd, const char *path, mode_t mode);

/* mkdir -p of a trusted host path. */
int path_make_dirs(const char *path, mode_t mode, struct error *err);

/* rm -rf of dir_fd/name; a missing one is fine. Does not follow symlinks, does not cross into
 * another mount; opens directories that lost their read permission when the owner may. */
int path_remove_tree(int dir_fd, const char *name, struct error *err);

/* Add the names in a directory, without "." and "..", in the order of the file system. */
int path_list_names(int dir_fd, struct strv *names, struct error *err);

/* "a//./b/../c" -> "a/c" lexically, absolute input stays absolute; the caller frees. */
char *path_clean(const char *path);

/* dir + "/" + name, the caller frees. */
char *path_join(const char *dir, const char *name);

/* Absolute form of a path relative to the working directory, cleaned; the caller frees. */
char *path_absolute(const char *path);

/* Does a name end like this (".conf"), with something before it? */
bool path_ends_with(const char *path, const char *ending);

/* A file of the user's configuration: below $XDG_CONFIG_HOME, else ~/.config; NULL when neither is
 * an absolute path. The caller frees. */
char *path_in_config(const char *name);

/* Where this program is, whatever it was called by; NULL when that cannot be told. Caller frees. */
char *path_own_program(void);

/* Where an executable of that name is in $PATH (then /usr/sbin, /sbin), or NULL. Caller frees. */
char *path_find_program(const char *name);

#endif
