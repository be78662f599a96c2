/* See whiteout.h. */
#include "engine/storage/whiteout.h"

#include "rootless/override.h"

#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

bool whiteout_is(const struct stat *st)
{
        return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

bool whiteout_is_opaque(int dir_fd)
{
        char value[4];

        return (fgetxattr(dir_fd, "user.overlay.opaque", value, sizeof(value)) == 1 &&
                value[0] == 'y') ||
               (fgetxattr(dir_fd, "user.fuseoverlayfs.opaque", value, sizeof(value)) == 1 &&
                value[0] == 'y');
}

bool whiteout_is_own_xattr(const char *name)
{
        return strncmp(name, "user.overlay.", 13) == 0 ||
               strncmp(name, "user.fuseoverlayfs.", 19) == 0 ||
               strncmp(name, "user.containers.", 16) == 0 || override_is_xattr(name);
}
