/* The files of an image for reading, while a build works on it: mounted in a mount namespace of the
 * build's own, or, where no overlay can be had, as a copy. */
#ifndef KELP_ENGINE_BUILD_VIEW_H
#define KELP_ENGINE_BUILD_VIEW_H

#include "base/error.h"
#include "engine/image/image.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <sys/stat.h>

struct view {
        int fd;        /* the root; -1: closed */
        char *path;    /* of the root, absolute */
        char *place;   /* its directory in the store */
        bool mounted;  /* else it is a copy, or empty */
        bool recorded; /* owners are records (rootless/override.h) */
};

#define VIEW_EMPTY ((struct view){ .fd = -1 })

/* This process's own mount namespace, once, before any view. */
int view_enter(struct error *err);

/* image NULL: no files. In the staging directory, of which it goes with view_close(); the layers
 * are unpacked, and this process is in the user namespace. Keeps the working directory. */
int view_open(const struct store *store, const struct staging *staging, const struct image *image,
              struct view *view_out, struct error *err);
void view_close(const struct store *store, struct view *view);

/* Not followed; with the owner that it is said to have. -1 with errno. */
int view_stat(const struct view *view, int dir_fd, const char *name, struct stat *st_out);

/* "/usr/lib" of a descriptor below the root (a directory or a file), or NULL. The caller frees. */
char *view_path_of(const struct view *view, int fd);

/* The path with its links resolved as far as it exists ("/lib/new/x" -> "/usr/lib/new/x"). The
 * caller frees; NULL with errno: a part of it is no directory, too many links. */
char *view_resolve(const struct view *view, const char *path);

#endif
