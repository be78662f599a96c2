/* Device nodes: the host's, found and checked, or new ones. See devices.h. */
#include "engine/runtime/devices.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/runtime/mounting.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU /* include/linux/proc_ns.h: PROC_USER_INIT_INO */

bool devices_can_be_made(void)
{
        struct stat st;

        return geteuid() == 0 && stat("/proc/self/ns/user", &st) == 0 &&
               st.st_ino == INITIAL_USER_NAMESPACE &&
               prctl(PR_CAPBSET_READ, CAP_MKNOD, 0, 0, 0) == 1;
}

static bool is_device(int fd, const struct device_node *node)
{
        struct stat st;

        if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != node->type)
                return false;
        return node->type == S_IFIFO || st.st_rdev == makedev(node->major, node->minor);
}

/* sysfs knows the name below /dev of each device: a line "DEVNAME=net/tun". */
static int open_by_sysfs(const struct device_node *node)
{
        AUTO_FREE char *uevent =
                xasprintf("/sys/dev/%s/%u:%u/uevent", node->type == S_IFBLK ? "block" : "char",
                          node->major, node->minor);
        AUTO_FREE char *text = NULL;
        AUTO_FREE char *path = NULL;
        char *name;

        if (fd_read_file(AT_FDCWD, uevent, 4096, &text, NULL, NULL) < 0)
                return -1;
        name = strstr(text, "DEVNAME=");
        if (!name)
                return -1;
        name += strlen("DEVNAME=");
        name[strcspn(name, "\n")] = '\0';
        path = path_join("/dev", name);
        return open(path, O_PATH | O_CLOEXEC);
}

static int find_host(const struct step *step)
{
        AUTO_CLOSE int fd = open(step->source, O_PATH | O_CLOEXEC);

        if (fd >= 0 && is_device(fd, &step->device))
                return take_fd(&fd);
        if (fd >= 0)
                close(fd);
        fd = open_by_sysfs(&step->device);
        return fd >= 0 && is_device(fd, &step->device) ? take_fd(&fd) : -1;
}

/* A bound node keeps the host's mode and owner, which only real root could change. */
static void say_what_differs(const struct step *step, int fd)
{
        struct stat st;

        if (step->device.standard || !log_enabled(LOG_INFO) || fstat(fd, &st) < 0)
                return;
        if ((st.st_mode & 07777) != step->device.mode || st.st_uid != step->device.uid ||
            st.st_gid != step->device.gid)
                log_info("device %s is the host's: its mode stays %03o and its owner %u:%u, "
                         "continuing",
                         step->target, st.st_mode & 07777, st.st_uid, st.st_gid);
}

int device_open_host(const struct step *step, struct error *err)
{
        const struct device_node *node = &step->device;
        AUTO_CLOSE int fd = find_host(step);
        int mount_fd;

        if (fd < 0)
                return error_set(
                        err, ERROR_NOT_FOUND,
                        "device %s: the host has no %s device %u:%u to bind, and only real "
                        "root may make one",
                        step->target, node->type == S_IFBLK ? "block" : "character", node->major,
                        node->minor);
        say_what_differs(step, fd);
        mount_fd = (int)syscall(SYS_open_tree, fd, "",
                                AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        return mount_fd < 0 ? error_sys(err, errno, "bind device %s", step->target) : mount_fd;
}

/* The mode as it is asked for: chmod(2) afterwards would follow a link that somebody with access to
 * the directory puts in the node's place. */
static int make_node(int parent_fd, const char *name, const struct device_node *node)
{
        mode_t old = umask(0);
        int rc = mknodat(parent_fd, name, node->type | node->mode,
                         makedev(node->major, node->minor));

        umask(old);
        return rc;
}

static int own_node(int parent_fd, const char *name, const struct device_node *node)
{
        AUTO_CLOSE int fd = openat(parent_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return -1;
        if (!is_device(fd, node)) {
                errno = EEXIST;
                return -1;
        }
        return fchownat(fd, "", node->uid, node->gid, AT_EMPTY_PATH);
}

static bool outside(const struct id_ranges *ranges, uint32_t inside, uint32_t *outside_out)
{
        for (size_t i = 0; i < ranges->count; i++) {
                const struct id_range *range = &ranges->items[i];

                if (inside >= range->inside && inside - range->inside < range->count) {
                        *outside_out = range->outside + (inside - range->inside);
                        return true;
                }
        }
        return false;
}

/* In a file system that nobody sees; the mount of the node keeps it alive. */
int device_make_apart(const struct step *step, const struct id_ranges *uids,
                      const struct id_ranges *gids)
{
        struct step home = { .kind = STEP_FILESYSTEM, .fstype = (char *)(uintptr_t) "tmpfs" };
        struct device_node node = step->device;
        AUTO_CLOSE int home_fd = -1;

        if (!outside(uids, node.uid, &node.uid) || !outside(gids, node.gid, &node.gid)) {
                errno = EINVAL;
                return -1;
        }
        home_fd = mounting_new(&home);
        if (home_fd < 0 || make_node(home_fd, "node", &node) < 0 ||
            own_node(home_fd, "node", &node) < 0)
                return -1;
        return mounting_clone(home_fd, "node", false);
}

int device_make(int root_fd, const struct step *step, struct error *err)
{
        const struct device_node *node = &step->device;
        AUTO_FREE char *parent = xstrdup(step->target);
        char *slash = strrchr(parent, '/');
        AUTO_CLOSE int parent_fd = -1;
        AUTO_CLOSE int fd = path_open_in(root_fd, step->target, O_PATH | O_NOFOLLOW, 0);

        if (fd >= 0)
                return is_device(fd, node)
                               ? 0
                               : error_set(err, ERROR_EXISTS, "device %s: something else is there",
                                           step->target);
        *slash = '\0';
        parent_fd = path_make_dirs_in(root_fd, parent, 0755);
        if (parent_fd < 0 || make_node(parent_fd, slash + 1, node) < 0 ||
            own_node(parent_fd, slash + 1, node) < 0)
                return error_sys(err, errno, "make device %s", step->target);
        return 0;
}
