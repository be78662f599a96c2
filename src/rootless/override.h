/* Who a file is said to belong to, where only one id is mapped (rung 3 of userns.h).
 *
 * The attribute is that of containers/storage (pkg/idtools) and fuse-overlayfs: "uid:gid:mode:type"
 * with the mode in octal and the type "file", "dir", "symlink", "pipe", "socket",
 * "block-MAJOR-MINOR" or "char-MAJOR-MINOR". A device that may not be made is an empty file whose
 * attribute names it. The mode is written for others; here the file's own counts, since a caller
 * may set that as it likes, and a later chmod(2) does not pass through here.
 *
 * User attributes can be had by files and directories alone (xattr(7)), so the owner of a link, a
 * fifo or a socket is kept in its directory, under an attribute of ours with its name at the end.
 * Overlay shows the attributes of the topmost layer that has a directory, so each layer has the
 * records of what shows through it too (storage/members.h). A directory has room for few of them
 * (ext4: about 4 kB of attributes); what finds none is root's.
 */
#ifndef KELP_ROOTLESS_OVERRIDE_H
#define KELP_ROOTLESS_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define OVERRIDE_XATTR        "user.containers.override_stat"
#define OVERRIDE_XATTR_MEMBER "user.kelp.override_stat." /* + name, on the directory */
#define OVERRIDE_TEXT_MAX     96

struct override {
        uid_t uid;
        gid_t gid;
        mode_t type; /* S_IFBLK or S_IFCHR: the file stands for a device, else 0 */
        dev_t rdev;
};

/* Three fields at least; what follows the type is left to later writers. */
bool override_parse(const char *text, size_t len, struct override *override_out);
/* mode: type and permissions of the file. The length written. */
size_t override_format(const struct override *override, mode_t mode,
                       char text_out[OVERRIDE_TEXT_MAX]);

/* Where a file's record is: the file as an O_PATH or other descriptor, or (fd -1) by name in its
 * directory, not followed; dir_fd -1 when the directory is not known. st: of the file itself. */
struct override_place {
        int fd;
        int dir_fd;
        const char *name;
        const struct stat *st;
};

/* Is there a record? */
bool override_get(const struct override_place *place, struct override *override_out);

/* Write it, or take it away when it says no more than the file does. -1 with errno: ENOTSUP where
 * the file system or the kind of file keeps none, EPERM for a file that is not ours. */
int override_set(const struct override_place *place, const struct override *override);

/* What stat(2) is to say. */
void override_apply(const struct override *override, struct stat *st);

/* Is it an attribute of this file's making? */
bool override_is_xattr(const char *name);

#endif
