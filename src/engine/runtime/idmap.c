/* Id-mapped mounts. See idmap.h.
 *
 * The kernel takes a mapping in the shape of a user namespace that has it. So a child makes one and
 * waits while its maps are written from outside; its /proc/self/ns/user is the mapping, and
 * outlives it as a descriptor. /proc may show another pid namespace than ours: the child says what
 * its pid is there.
 */
#include "engine/runtime/idmap.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static _Noreturn void holder_main(int sync_fd)
{
        char pid[16] = "", byte;
        ssize_t n = readlink("/proc/self", pid, sizeof(pid) - 1);

        if (n <= 0 || unshare(CLONE_NEWUSER) < 0)
                _exit(1);
        if (send(sync_fd, pid, (size_t)n, MSG_NOSIGNAL) < 0)
                _exit(1);
        (void)!recv(sync_fd, &byte, 1, 0);
        _exit(0);
}

/* The mount's mapping goes from the file system's ids (inside) to the container's (outside). */
static int write_map(const char *pid, const char *file, const struct id_ranges *ranges)
{
        AUTO_FREE char *path = xasprintf("/proc/%s/%s", pid, file);
        AUTO(strbuf) text = { 0 };

        for (size_t i = 0; i < ranges->count; i++)
                strbuf_addf(&text, "%u %u %u\n", ranges->items[i].inside, ranges->items[i].outside,
                            ranges->items[i].count);
        return fd_write_existing(AT_FDCWD, path, text.data ? text.data : "");
}

static int fill(int sync_fd, const struct id_ranges *uids, const struct id_ranges *gids)
{
        AUTO_FREE char *path = NULL;
        char pid[16] = "";

        if (recv(sync_fd, pid, sizeof(pid) - 1, 0) <= 0) {
                errno = EPERM;
                return -1;
        }
        if (write_map(pid, "uid_map", uids) < 0 || write_map(pid, "gid_map", gids) < 0)
                return -1;
        path = xasprintf("/proc/%s/ns/user", pid);
        return open(path, O_RDONLY | O_CLOEXEC);
}

static int make_mapping(const struct id_ranges *uids, const struct id_ranges *gids)
{
        int pair[2], fd, saved;
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -1;
        pid = fork();
        if (pid == 0) {
                close(pair[0]);
                holder_main(pair[1]);
        }
        close(pair[1]);
        fd = pid < 0 ? -1 : fill(pair[0], uids, gids);
        saved = errno;
        close(pair[0]);
        if (pid > 0)
                waitpid(pid, NULL, 0);
        errno = saved;
        return fd;
}

int idmap_apply(const struct launch_plan *plan, const struct step *step, int mount_fd,
                struct error *err)
{
        bool own = step->uids.count > 0;
        const struct id_ranges *uids = own ? &step->uids : &plan->uid_maps;
        const struct id_ranges *gids = own ? &step->gids : &plan->gid_maps;
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
        unsigned flags = AT_EMPTY_PATH | (step->idmap_recursive ? AT_RECURSIVE : 0);
        AUTO_CLOSE int userns = -1;

        if (uids->count == 0 || gids->count == 0)
                return error_set(
                        err, ERROR_INVALID,
                        "mount %s: idmap needs uidMappings and gidMappings, its own or the "
                        "container's",
                        step->target);
        userns = make_mapping(uids, gids);
        if (userns < 0)
                return error_sys(err, errno, "mount %s: make the id mapping", step->target);
        attr.userns_fd = (uint64_t)userns;
        if (syscall(SYS_mount_setattr, mount_fd, "", flags, &attr, sizeof(attr)) == 0)
                return 0;
        if (errno == EPERM || errno == EINVAL)
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "mount %s: the kernel does not map the ids of this file system for "
                        "us: it has to be one of the container's own, or we real root",
                        step->target);
        return error_sys(err, errno, "mount %s: map its ids", step->target);
}
