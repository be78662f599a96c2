/* Files of a real procfs. See procfs.h. */
#include "engine/runtime/procfs.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define PROC_ROOT_INODE 1 /* include/linux/proc_fs.h: PROC_ROOT_INO */

static int open_root(void)
{
        AUTO_CLOSE int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct statfs fs;
        struct stat st;

        if (fd < 0 || fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
                return -1;
        if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INODE) {
                errno = EXDEV;
                return -1;
        }
        return take_fd(&fd);
}

int procfs_open(const char *path, int flags)
{
        AUTO_CLOSE int root_fd = open_root();
        struct open_how how = {
                .flags = (unsigned long long)(unsigned)flags | O_CLOEXEC | O_NOCTTY,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
        };
        long fd = -1;

        /* EAGAIN: a rename or mount elsewhere raced with the walk (openat2(2)). */
        for (int tries = 0; root_fd >= 0 && tries < 64; tries++) {
                fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
                if (fd >= 0 || errno != EAGAIN)
                        break;
        }
        return (int)fd;
}

int procfs_write(const char *path, const char *text)
{
        AUTO_CLOSE int fd = procfs_open(path, O_WRONLY);
        size_t len = strlen(text);
        ssize_t n = fd < 0 ? -1 : write(fd, text, len);

        if (n < 0)
                return -1;
        if ((size_t)n == len)
                return 0;
        errno = EIO;
        return -1;
}
