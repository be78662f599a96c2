/* A container's root file system. See rootfs.h.
 *
 * Native overlay is set up with fsconfig(2): "lowerdir+" takes one layer a call (Linux 6.7), so a
 * deep image does not run into the page that mount(2) has for its options; older kernels get the
 * one string. Paths are relative to the store's root, which keeps them short for both.
 *
 * The kernel writes the whole file system that has the upper directory to the disk when an overlay
 * is unmounted, unless it is volatile; such a one leaves a mark, and is not mounted where one is.
 */
#include "engine/storage/rootfs.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "engine/storage/whiteout.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define FUSE_MAGIC 0x65735546L

void rootfs_release(struct rootfs *rootfs)
{
        strv_release(&rootfs->layers);
        free(rootfs->container);
        *rootfs = (struct rootfs){ 0 };
}

void rootfs_add_layer(struct rootfs *rootfs, const char *layer)
{
        char *dir = path_join(layer, "diff");
        struct strv *layers = &rootfs->layers;

        for (size_t i = 0; i < layers->count; i++)
                if (strcmp(layers->items[i], dir) == 0) {
                        free(layers->items[i]);
                        memmove(&layers->items[i], &layers->items[i + 1],
                                (layers->count - i) * sizeof(char *)); /* with the NULL */
                        layers->count--;
                        break;
                }
        strv_take(layers, dir);
}

static int config(int context_fd, const char *key, const char *value)
{
        unsigned command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

        return (int)syscall(SYS_fsconfig, context_fd, command, key, value, 0);
}

/* Highest layer first, as overlay wants it. */
static char *lower_dirs(const struct rootfs *rootfs)
{
        AUTO(strbuf) text = { 0 };

        for (size_t i = rootfs->layers.count; i-- > 0;)
                strbuf_addf(&text, "%s%s", rootfs->layers.items[i], i ? ":" : "");
        return strbuf_take(&text);
}

static int config_lower(int context_fd, const struct rootfs *rootfs)
{
        AUTO_FREE char *joined = NULL;
        size_t i;

        for (i = rootfs->layers.count; i-- > 0;)
                if (config(context_fd, "lowerdir+", rootfs->layers.items[i]) < 0)
                        break;
        if (i == (size_t)-1)
                return 0;
        if (errno != EINVAL || i + 1 != rootfs->layers.count)
                return -1;
        joined = lower_dirs(rootfs); /* Linux before 6.7 */
        return config(context_fd, "lowerdir", joined);
}

static int refused(int sys, struct error *err)
{
        error_sys(err, sys, "the kernel refuses an overlay here");
        if (sys == ENOSPC || sys == EDQUOT || sys == ENOMEM)
                return -1;
        err->kind = ERROR_NO_OVERLAY;
        return -1;
}

static int move_to(int mount_fd, const char *target, struct error *err)
{
        if (syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return error_sys(err, errno, "mount the root file system");
        return 0;
}

/* Of the last mount, whose changes are there, as far as the machine did not crash. In the store's
 * root. */
static int forget_volatile(const char *work, struct error *err)
{
        AUTO_FREE char *mark = path_join(work, "work/incompat");

        return path_remove_tree(AT_FDCWD, mark, err);
}

/* upper and work: NULL for a read-only one. target: relative to the store's root. */
static int mount_overlay(const struct rootfs *rootfs, const char *upper, const char *work,
                         const char *target, struct error *err)
{
        AUTO_CLOSE int context_fd = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
        AUTO_CLOSE int mount_fd = -1;

        if (context_fd < 0)
                return refused(errno, err);
        /* By name: a descriptor from before the clone belongs to another mount namespace, whose
         * mounts overlay may not use. */
        if (chdir(rootfs->store->root) < 0)
                return error_sys(err, errno, "enter %s", rootfs->store->root);
        if (work && rootfs->disposable && forget_volatile(work, err) < 0)
                return -1;
        if (config(context_fd, "source", "overlay") < 0 || config_lower(context_fd, rootfs) < 0 ||
            (upper && config(context_fd, "upperdir", upper) < 0) ||
            (work && config(context_fd, "workdir", work) < 0) ||
            config(context_fd, "userxattr", NULL) < 0 ||
            (work && rootfs->disposable && config(context_fd, "volatile", NULL) < 0) ||
            syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return refused(errno, err);
        mount_fd = (int)syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC,
                                upper ? 0 : MOUNT_ATTR_RDONLY);
        if (mount_fd < 0)
                return refused(errno, err);
        return move_to(mount_fd, target, err);
}

/* A directory of the user's, with what is mounted below it. */
static int mount_bare(const struct rootfs *rootfs, const char *target, struct error *err)
{
        AUTO_CLOSE int fd = (int)syscall(SYS_open_tree, AT_FDCWD, rootfs->layers.items[0],
                                         OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

        if (fd < 0)
                return error_sys(err, errno, "mount %s", rootfs->layers.items[0]);
        if (chdir(rootfs->store->root) < 0)
                return error_sys(err, errno, "enter %s", rootfs->store->root);
        return move_to(fd, target, err);
}

int rootfs_mount_overlay(const struct rootfs *rootfs, struct error *err)
{
        AUTO_FREE char *upper = path_join(rootfs->container, "upper");
        AUTO_FREE char *work = path_join(rootfs->container, "work");
        AUTO_FREE char *merged = path_join(rootfs->container, "merged");

        return rootfs->bare ? mount_bare(rootfs, merged, err)
                            : mount_overlay(rootfs, upper, work, merged, err);
}

int rootfs_mount_layers(const struct rootfs *rootfs, const char *target, struct error *err)
{
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        AUTO_FREE char *only = NULL;
        AUTO_CLOSE int fd = -1;

        if (rootfs->layers.count != 1)
                return mount_overlay(rootfs, NULL, NULL, target, err);
        /* Overlay wants two at least. By name, as above. */
        only = rootfs->layers.items[0][0] == '/'
                       ? xstrdup(rootfs->layers.items[0])
                       : path_join(rootfs->store->root, rootfs->layers.items[0]);
        fd = (int)syscall(SYS_open_tree, AT_FDCWD, only, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (fd < 0 || syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
                return error_sys(err, errno, "mount the layer");
        return move_to(fd, target, err);
}

static char *fuse_options(const struct rootfs *rootfs)
{
        AUTO(strbuf) text = { 0 };

        strbuf_adds(&text, "lowerdir=");
        for (size_t i = rootfs->layers.count; i-- > 0;)
                strbuf_addf(&text, "%s%s%s%s",
                            rootfs->layers.items[i][0] == '/' ? "" : rootfs->store->root,
                            rootfs->layers.items[i][0] == '/' ? "" : "/", rootfs->layers.items[i],
                            i ? ":" : "");
        /* By itself it lets only the user that it runs as in, unless that is root. */
        if (geteuid() != 0)
                strbuf_adds(&text, ",allow_other");
        strbuf_addf(&text, ",upperdir=%s/%s/upper,workdir=%s/%s/work", rootfs->store->root,
                    rootfs->container, rootfs->store->root, rootfs->container);
        return strbuf_take(&text);
}

/* The reason comes behind warnings. */
static const char *last_line(char *text)
{
        size_t len = strlen(text);
        char *start;

        while (len > 0 && text[len - 1] == '\n')
                text[--len] = '\0';
        start = strrchr(text, '\n');
        return start ? start + 1 : text;
}

/* It stays in the foreground as our child; mounted once the path is a FUSE file system. */
static int wait_mounted(const char *path, pid_t *pid, int complaint_fd, struct error *err)
{
        char complaint[256] = "";
        struct statfs fs;

        for (int waited = 0; waited < 10000; waited++) {
                if (statfs(path, &fs) == 0 && fs.f_type == FUSE_MAGIC)
                        return 0;
                if (waitpid(*pid, NULL, WNOHANG) == *pid) {
                        *pid = 0;
                        (void)fd_read_full(complaint_fd, complaint, sizeof(complaint) - 1);
                        return error_set(err, ERROR_GENERAL, "fuse-overlayfs failed: %s",
                                         last_line(complaint));
                }
                usleep(1000);
        }
        return error_set(err, ERROR_GENERAL, "fuse-overlayfs did not mount within 10 s");
}

int rootfs_mount_fuse(const struct rootfs *rootfs, pid_t *pid_out, struct error *err)
{
        AUTO_FREE char *options = fuse_options(rootfs);
        AUTO_FREE char *merged = xasprintf("%s/%s/merged", rootfs->store->root, rootfs->container);
        const char *argv[] = { "fuse-overlayfs", "-f", "-o", options, merged, NULL };
        AUTO_CLOSE int complaint_fd = -1;
        struct spawn_fd fds[] = { { -1, 2 } };
        int complaints[2], rc;

        if (access("/dev/fuse", R_OK | W_OK) < 0)
                return error_sys(err, errno, "/dev/fuse");
        if (pipe2(complaints, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        complaint_fd = complaints[0];
        fds[0].ours = complaints[1];
        rc = spawn_start(&(struct spawn_request){ .argv = argv, .fds = fds, .fd_count = 1 },
                         pid_out, err);
        close(complaints[1]);
        if (rc < 0 && err && err->kind == ERROR_NOT_FOUND)
                return error_cure(err, "install it: sudo apt-get install fuse-overlayfs");
        return rc < 0 ? -1 : wait_mounted(merged, pid_out, complaint_fd, err);
}

/* 1: read, 0: not in this layer, -1: an error or hidden by a whiteout (then ENOENT). */
static int read_from(const struct store *store, const char *dir, const char *path, size_t max,
                     char **data_out, struct error *err)
{
        AUTO_CLOSE int dir_fd = openat(store->root_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int fd = dir_fd < 0 ? -1 : path_open_in(dir_fd, path, O_PATH, 0);
        AUTO_CLOSE int file_fd = -1;
        struct stat st;

        if (fd < 0 && errno == ENOENT)
                return dir_fd >= 0 && whiteout_hides(dir_fd, path)
                               ? error_sys(err, ENOENT, "%s in the image", path)
                               : 0;
        if (fd < 0)
                return error_sys(err, errno, "open %s in the image", path);
        if (fstat(fd, &st) < 0 || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)))
                return error_sys(err, ENOENT, "%s in the image", path);
        if (!S_ISREG(st.st_mode))
                return error_set(err, ERROR_INVALID, "%s in the image is not a file", path);
        file_fd = path_open_in(dir_fd, path, O_RDONLY | O_NOCTTY, 0);
        if (file_fd < 0)
                return error_sys(err, errno, "open %s in the image", path);
        return fd_read_rest(file_fd, max, data_out, NULL, err) < 0 ? -1 : 1;
}

int rootfs_read_file(const struct rootfs *rootfs, const char *path, size_t max, char **data_out,
                     struct error *err)
{
        AUTO_FREE char *top = path_join(rootfs->container, rootfs->copied ? "copy" : "upper");
        int rc = read_from(rootfs->store, top, path, max, data_out, err);

        for (size_t i = rootfs->layers.count; rc == 0 && !rootfs->copied && i-- > 0;)
                rc = read_from(rootfs->store, rootfs->layers.items[i], path, max, data_out, err);
        if (rc == 0)
                return error_sys(err, ENOENT, "%s in the image", path);
        return rc < 0 ? -1 : 0;
}
