/* User namespaces that are there already. See userns_existing.h.
 *
 * Each container has a user namespace of its own, and those of two containers are siblings: neither
 * gives a right over the other. Their owner, outside of both, may enter each (user_namespaces(7)).
 */
#include "rootless/userns_existing.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

bool userns_existing_same(int a_fd, int b_fd)
{
        struct stat a, b;

        return fstat(a_fd, &a) == 0 && fstat(b_fd, &b) == 0 && a.st_ino == b.st_ino &&
               a.st_dev == b.st_dev;
}

int userns_existing_owner(int namespace_fd, int *owner_fd_out, struct error *err)
{
        AUTO_CLOSE int own_fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
        AUTO_CLOSE int fd = ioctl(namespace_fd, NS_GET_USERNS);

        if (fd < 0 && errno == EPERM)
                return error_set(err, ERROR_DENIED,
                                 "the namespace belongs to a user namespace outside of this one");
        if (fd < 0 || own_fd < 0)
                return error_sys(err, errno, "find whom the namespace belongs to");
        *owner_fd_out = userns_existing_same(fd, own_fd) ? -1 : take_fd(&fd);
        return 0;
}
