/* See whiteout.h. */
#include "engine/storage/whiteout.h"

#include "rootless/override.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <sys/xattr.h>

bool whiteout_is(const struct stat *st)
{
        return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

const char *whiteout_hidden_name(const char *name)
{
        size_t len = strlen(WHITEOUT_PREFIX);

        return strncmp(name, WHITEOUT_PREFIX, len) == 0 && name[len] ? name + len : NULL;
}

bool whiteout_hides(int dir_fd, const char *path)
{
        char file[PATH_MAX];

        for (const char *part = path;;) {
                size_t len = strcspn(part, "/");
                int n = snprintf(file, sizeof(file), "%.*s" WHITEOUT_PREFIX "%.*s",
                                 (int)(part - path), path, (int)len, part);

                if (n < (int)sizeof(file) &&
                    faccessat(dir_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return true;
                if (!part[len])
                        return false;
                part += len + 1;
        }
}

bool whiteout_is_opaque(int dir_fd)
{
        char value[4];

        return (fgetxattr(dir_fd, "user.overlay.opaque", value, sizeof(value)) == 1 &&
                value[0] == 'y') ||
               (fgetxattr(dir_fd, "user.fuseoverlayfs.opaque", value, sizeof(value)) == 1 &&
                value[0] == 'y') ||
               faccessat(dir_fd, WHITEOUT_OPAQUE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int make_marker(int dir_fd, const char *name)
{
        int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

        return fd < 0 ? -1 : close(fd);
}

int whiteout_make(int dir_fd, const char *name)
{
        char file[NAME_MAX + 1];

        if (mknodat(dir_fd, name, S_IFCHR, makedev(0, 0)) == 0)
                return 0;
        if (errno != EPERM)
                return -1;
        if (snprintf(file, sizeof(file), WHITEOUT_PREFIX "%s", name) >= (int)sizeof(file)) {
                errno = ENAMETOOLONG;
                return -1;
        }
        return make_marker(dir_fd, file);
}

int whiteout_make_opaque(int dir_fd)
{
        if (fsetxattr(dir_fd, "user.overlay.opaque", "y", 1, 0) == 0)
                return 0;
        return errno == ENOTSUP || errno == EPERM ? make_marker(dir_fd, WHITEOUT_OPAQUE) : -1;
}

bool whiteout_is_own_xattr(const char *name)
{
        return strncmp(name, "user.overlay.", 13) == 0 ||
               strncmp(name, "user.fuseoverlayfs.", 19) == 0 ||
               strncmp(name, "user.containers.", 16) == 0 || override_is_xattr(name);
}
