/* Entering a user namespace that is there already. See userns_existing.h.
 *
 * Each container has a user namespace of its own, and those of two containers are siblings: neither
 * gives a right over the other. Their owner, outside of both, may enter each (user_namespaces(7)).
 */
#include "rootless/userns_existing.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
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

/* Does the file have these ranges and no others? */
static bool is_map(const char *path, const struct id_map *map)
{
        AUTO_FREE char *text = NULL;
        char *rest, *line;
        size_t count = 0;

        if (fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return false;
        for (rest = text; (line = strsep(&rest, "\n"));) {
                const struct id_range *range = &map->ranges[count];
                unsigned inside, outside, length;

                if (sscanf(line, "%u %u %u", &inside, &outside, &length) != 3)
                        continue;
                if (count == map->count || inside != range->inside || outside != range->outside ||
                    length != range->count)
                        return false;
                count++;
        }
        return count == map->count;
}

int userns_existing_enter(const struct userns_plan *plan, struct error *err)
{
        if (setns(plan->join_fd, CLONE_NEWUSER) < 0)
                return error_sys(err, errno, "enter the user namespace of what is to be shared");
        if (is_map("/proc/self/uid_map", &plan->uids) && is_map("/proc/self/gid_map", &plan->gids))
                return 0;
        error_set(err, ERROR_UNSUPPORTED,
                  "the namespaces to be shared belong to a user namespace with other ids than this "
                  "container's");
        return error_cure(err, "give both containers the same --userns");
}
