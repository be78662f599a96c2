/* What hides files of lower layers: in layers (image-spec, layer.md) and in overlay's directories.
 *
 * Overlay's whiteout is a character device 0/0 and its opaque directory has an attribute. Where the
 * store is on an overlay itself, neither can be made: there it is what fuse-overlayfs understands
 * too, the empty files ".wh.NAME" and ".wh..wh..opq" of the layer's archive.
 */
#ifndef KELP_ENGINE_STORAGE_WHITEOUT_H
#define KELP_ENGINE_STORAGE_WHITEOUT_H

#include <stdbool.h>
#include <sys/stat.h>

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/* Overlay's: a character device 0/0. */
bool whiteout_is(const struct stat *st);

/* Of a file in a layer's directory: the name that it hides, or NULL when it is no ".wh.NAME". */
const char *whiteout_hidden_name(const char *name);

/* Does ".wh.NAME" stand in the directory of this path (relative to dir_fd), or of one of its
 * parents? */
bool whiteout_hides(int dir_fd, const char *path);

/* Does the directory hide everything below it (overlay's attribute, fuse-overlayfs's, the file)? */
bool whiteout_is_opaque(int dir_fd);

/* Hide the name in the layers below / all that they have in the directory. -1 with errno. */
int whiteout_make(int dir_fd, const char *name);
int whiteout_make_opaque(int dir_fd);

/* An attribute that overlay or fuse-overlayfs keep for themselves, or that records an owner. */
bool whiteout_is_own_xattr(const char *name);

#endif
