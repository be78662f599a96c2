/* The mount calls by descriptor, and the stand-ins for file systems that are refused. See
 * mounting.h. */
#include "engine/runtime/mounting.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "engine/runtime/procfs.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/syscall.h>

int mounting_clone(int dir_fd, const char *path, bool recursive)
{
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) |
                         (path[0] ? 0 : AT_EMPTY_PATH);

        return (int)syscall(SYS_open_tree, dir_fd, path, flags);
}

int mounting_change(int mount_fd, bool recursive, struct attribute_change change,
                    uint64_t propagation)
{
        struct mount_attr attr = { .attr_set = change.set,
                                   .attr_clr = change.clear,
                                   .propagation = propagation };
        unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

        if (change.set & MOUNT_ATTR__ATIME)
                attr.attr_clr |= MOUNT_ATTR__ATIME;
        return (int)syscall(SYS_mount_setattr, mount_fd, "", flags, &attr, sizeof(attr));
}

int mounting_move(int mount_fd, int target_fd)
{
        return (int)syscall(SYS_move_mount, mount_fd, "", target_fd, "",
                            MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* fsconfig(2) one option word: "size=64m" or "newinstance". */
static int configure(int context_fd, const char *option)
{
        AUTO_FREE char *key = xstrdup(option);
        char *value = strchr(key, '=');

        if (!value)
                return (int)syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_FLAG, key, NULL, 0);
        *value++ = '\0';
        return (int)syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_STRING, key, value, 0);
}

static int configure_all(int context_fd, const struct strv *data, const char *without)
{
        for (size_t i = 0; i < data->count; i++) {
                if (without && strncmp(data->items[i], without, strlen(without)) == 0)
                        continue;
                if (configure(context_fd, data->items[i]) < 0)
                        return -1;
        }
        return 0;
}

/* A file system on a device or on other directories has to know itself that it is read-only; those
 * that live in memory would not let their other users write any more. */
static bool wants_read_only(const struct step *step)
{
        static const char *const in_memory[] = { "proc",    "sysfs",   "tmpfs", "devpts",
                                                 "mqueue",  "cgroup2", "bpf",   "securityfs",
                                                 "tracefs", "debugfs" };

        for (size_t i = 0; i < ARRAY_SIZE(in_memory); i++)
                if (strcmp(step->fstype, in_memory[i]) == 0)
                        return false;
        return step->change.set & MOUNT_ATTR_RDONLY;
}

static int new_without(const struct step *step, const char *without)
{
        AUTO_CLOSE int context_fd = (int)syscall(SYS_fsopen, step->fstype, FSOPEN_CLOEXEC);
        uint64_t attributes = step->change.set | step->deep.set;

        if (context_fd < 0)
                return -1;
        /* In most cases the source only names the mount in /proc/mounts. */
        (void)syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_STRING, "source", step->source, 0);
        if (configure_all(context_fd, &step->data, without) < 0 ||
            (wants_read_only(step) && configure(context_fd, "ro") < 0) ||
            syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -1;
        /* What other steps go into first becomes read-only later (steps.c). */
        if (step->read_only_last)
                attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
        return (int)syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC, (unsigned)attributes);
}

int mounting_new(const struct step *step)
{
        return new_without(step, NULL);
}

/* The part of the host's tree that is ours; without a cgroup v2 there, or with our cgroup at its
 * top, there is none to show. */
static int clone_own_cgroup(void)
{
        AUTO_CLOSE int fd = procfs_open("self/cgroup", O_RDONLY);
        AUTO_FREE char *text = NULL;
        AUTO_FREE char *path = NULL;
        char *line;

        if (fd < 0 || fd_read_rest(fd, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return -1;
        line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
        if (!line)
                return -1;
        line = strchr(line, '/');
        if (!line)
                return -1;
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "/") == 0 || strstr(line, "/.."))
                return -1;
        path = xasprintf("/sys/fs/cgroup%s", line);
        return mounting_clone(AT_FDCWD, path, false);
}

static int clone_host(const struct step *step)
{
        static const struct {
                const char *fstype, *path;
        } places[] = { { "proc", "/proc" }, { "sysfs", "/sys" }, { "mqueue", "/dev/mqueue" } };

        if (strcmp(step->fstype, "cgroup2") == 0)
                return clone_own_cgroup();
        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (strcmp(step->fstype, places[i].fstype) == 0)
                        return mounting_clone(AT_FDCWD, places[i].path, true);
        errno = EPERM;
        return -1;
}

/* A clone has the flags of the host's mount, which only can be added to. All below gets them too:
 * of the host's /sys nothing may be left writable. */
static int host_instead(const struct step *step)
{
        AUTO_CLOSE int fd = clone_host(step);
        struct attribute_change change = { .set = step->change.set | step->deep.set };

        if (fd < 0 || mounting_change(fd, true, change, 0) < 0)
                return -1;
        log_info("%s: a new %s is refused here, the host's is shown, continuing", step->target,
                 step->fstype);
        return take_fd(&fd);
}

int mounting_new_or_host(const struct step *step, int *fd_out, struct error *err)
{
        int fd = new_without(step, NULL), saved = errno;

        /* The group of terminals may have no id in this user namespace. */
        if (fd < 0 && saved == EINVAL && strcmp(step->fstype, "devpts") == 0)
                fd = new_without(step, "gid=");
        if (fd < 0 && (saved == EPERM || saved == EBUSY || saved == EACCES))
                fd = host_instead(step);
        if (fd < 0 && !step->optional)
                return error_sys(err, saved, "mount %s (%s)", step->target, step->fstype);
        *fd_out = fd;
        return 0;
}

int mounting_reconfigure(int mount_fd, const struct strv *data)
{
        AUTO_CLOSE int context_fd =
                (int)syscall(SYS_fspick, mount_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

        if (context_fd < 0 || configure_all(context_fd, data, NULL) < 0)
                return -1;
        return (int)syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
}
