/* Contents and attributes of files. See copy_file.h. */
#include "engine/storage/copy_file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/storage/whiteout.h"
#include "rootless/override.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PIECE     ((size_t)128 << 10)
#define XATTR_MAX ((size_t)64 << 10)

/* By hand: for file systems between which copy_file_range(2) does not work. */
static int copy_by_hand(int from_fd, int to_fd, off_t at, off_t end)
{
        AUTO_FREE char *piece = xmalloc(PIECE);

        while (at < end) {
                size_t want = (off_t)PIECE < end - at ? PIECE : (size_t)(end - at);
                ssize_t n = pread(from_fd, piece, want, at);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 || (n > 0 && fd_pwrite_all(to_fd, piece, (size_t)n, at) < 0))
                        return -1;
                if (n == 0)
                        return 0; /* it became shorter */
                at += n;
        }
        return 0;
}

static int copy_range(int from_fd, int to_fd, off_t at, off_t end)
{
        off_t from = at, to = at;

        while (from < end) {
                ssize_t n = copy_file_range(from_fd, &from, to_fd, &to, (size_t)(end - from), 0);

                if (n == 0)
                        return 0;
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno != ENOSPC && errno != EDQUOT && errno != EIO)
                        return copy_by_hand(from_fd, to_fd, from, end);
                if (n < 0)
                        return -1;
        }
        return 0;
}

static int copy_data(int from_fd, int to_fd, off_t size)
{
        for (off_t at = 0; at < size;) {
                off_t data = lseek(from_fd, at, SEEK_DATA), hole;

                if (data < 0 && errno == ENXIO)
                        break; /* nothing but a hole to the end */
                if (data < 0)
                        return copy_range(from_fd, to_fd, at, size);
                hole = lseek(from_fd, data, SEEK_HOLE);
                if (hole < 0 || copy_range(from_fd, to_fd, data, hole) < 0)
                        return -1;
                at = hole;
        }
        return ftruncate(to_fd, size);
}

int copy_file_contents(int from_fd, int to_fd, const struct stat *st, bool *no_clone)
{
        if (st->st_size == 0)
                return 0;
        if (!*no_clone && ioctl(to_fd, FICLONE, from_fd) == 0)
                return 0;
        *no_clone = true;
        return copy_data(from_fd, to_fd, st->st_size);
}

static bool is_wanted(const char *name)
{
        if (strncmp(name, OVERRIDE_XATTR_MEMBER, strlen(OVERRIDE_XATTR_MEMBER)) == 0)
                return false;
        return strcmp(name, OVERRIDE_XATTR) == 0 || !whiteout_is_own_xattr(name);
}

static int copy_one(const char *from, const char *to, const char *name, char *value)
{
        bool ours = strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0;
        ssize_t size = lgetxattr(from, name, value, XATTR_MAX);

        if (size >= 0 && lsetxattr(to, name, value, (size_t)size, 0) == 0)
                return 0;
        return ours && errno != ENOTSUP && errno != ENODATA ? -1 : 0;
}

int copy_file_xattrs(const char *from, const char *to)
{
        AUTO_FREE char *names = NULL;
        AUTO_FREE char *value = NULL;
        ssize_t size = llistxattr(from, NULL, 0);

        if (size <= 0)
                return size == 0 || errno == ENOTSUP ? 0 : -1;
        names = xmalloc((size_t)size);
        value = xmalloc(XATTR_MAX);
        size = llistxattr(from, names, (size_t)size);
        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1)
                if (is_wanted(name) && copy_one(from, to, name, value) < 0)
                        return -1;
        return size < 0 ? -1 : 0;
}
