/* What hides files of lower layers: in layers (image-spec, layer.md) and in overlay's directories.
 */
#ifndef KELP_ENGINE_STORAGE_WHITEOUT_H
#define KELP_ENGINE_STORAGE_WHITEOUT_H

#include <stdbool.h>
#include <sys/stat.h>

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/* Overlay's: a character device 0/0. */
bool whiteout_is(const struct stat *st);

/* Does the directory hide everything below it (overlay's attribute, or fuse-overlayfs's)? */
bool whiteout_is_opaque(int dir_fd);

/* An attribute that overlay or fuse-overlayfs keep for themselves, or that records an owner. */
bool whiteout_is_own_xattr(const char *name);

#endif
