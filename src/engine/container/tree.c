/* Trees of containers. See tree.h. */
#include "engine/container/tree.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/mounts.h"
#include "engine/container/root_driver.h"
#include "engine/container/rootfs_of.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int container_tree_of_running(const struct container *container, int *fd_out, struct error *err)
{
        char path[64];

        *fd_out = -1;
        if (container->state.status != CONTAINER_RUNNING)
                return 0;
        snprintf(path, sizeof(path), "/proc/%d/root", (int)container->state.pid);
        *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "look into the running container") : 0;
}

int container_tree_open_copy(const struct container *container, int *fd_out, struct error *err)
{
        *fd_out = openat(container->dir_fd, "copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "open the container's copy") : 0;
}

static int own_mount_namespace(struct error *err)
{
        static bool entered;

        if (!entered &&
            (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0))
                return error_sys(err, errno, "create a mount namespace");
        entered = true;
        return 0;
}

int container_tree_mount_here(const struct store *store, const struct container *container,
                              struct error *err)
{
        AUTO(rootfs) rootfs = { 0 };
        struct container ours = *container; /* what is decided is written down, not told */
        struct root_driver driver = { .rootfs = &rootfs,
                                      .container = &ours,
                                      .recorded = userns_mapping_records(container->spec.mapping) };
        AUTO_CLOSE int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int rc;

        rootfs_of(store, container, &rootfs);
        rc = rootfs_check_layers(&rootfs, err) < 0 ||
                             root_driver_init(&driver, container->spec.storage_driver, err) < 0 ||
                             root_driver_mount_stopped(&driver, err) < 0
                     ? -1
                     : 0;
        if (here >= 0)
                (void)!fchdir(here);
        return rc;
}

int container_tree_mount(const struct store *store, const struct container *container, int *fd_out,
                         struct error *err)
{
        AUTO_FREE char *path = xasprintf("%s/containers/%s/merged", store->root, container->id);

        if (own_mount_namespace(err) < 0 || container_tree_mount_here(store, container, err) < 0)
                return -1;
        *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "open %s", path) : 0;
}

static int set_read_only(int mount_fd)
{
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

        return (int)syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
                            sizeof(attr));
}

/* What of a path is not there yet, the outermost first. */
static void note_missing(int root_fd, const char *path, struct tree_points *points)
{
        for (const char *end = path; *end; end += strcspn(end, "/")) {
                AUTO_FREE char *part = NULL;
                AUTO_CLOSE int fd = -1;

                end += strspn(end, "/");
                part = xstrndup(path, (size_t)(end - path) + strcspn(end, "/"));
                fd = path_open_in(root_fd, part, O_PATH | O_NOFOLLOW, 0);
                if (fd >= 0 || errno != ENOENT)
                        continue;
                points->items =
                        xreallocarray(points->items, points->count + 1, sizeof(*points->items));
                points->items[points->count++] = (struct tree_point){ .path = take_ptr(part) };
        }
}

/* It is there now. What is at the same path later may be another's: of a volume mounted over it. */
static void note_made(int root_fd, struct tree_point *point)
{
        AUTO_CLOSE int fd = path_open_in(root_fd, point->path, O_PATH | O_NOFOLLOW, 0);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return;
        point->dev = st.st_dev;
        point->ino = st.st_ino;
}

void tree_points_release(struct tree_points *points)
{
        for (size_t i = 0; i < points->count; i++)
                free(points->items[i].path);
        free(points->items);
        *points = (struct tree_points){ 0 };
}

/* One that is no longer there is the start's business. */
static int mount_bind(int root_fd, const struct container_mount *bind, const char *source,
                      struct tree_points *points, struct error *err)
{
        size_t before = points->count;
        AUTO_CLOSE int target = -1;
        AUTO_CLOSE int tree = (int)syscall(SYS_open_tree, AT_FDCWD, source,
                                           OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        struct stat st;

        if (tree < 0 || fstat(tree, &st) < 0)
                return errno == ENOENT ? 0 : error_sys(err, errno, "mount %s", source);
        if (strv_contains(&bind->options, "ro") && set_read_only(tree) < 0)
                return error_sys(err, errno, "mount %s read-only", source);
        note_missing(root_fd, bind->target, points);
        target = S_ISDIR(st.st_mode) ? path_make_dirs_in(root_fd, bind->target, 0755)
                                     : path_make_file_in(root_fd, bind->target, 0644);
        for (size_t i = before; i < points->count; i++)
                note_made(root_fd, &points->items[i]);
        if (target < 0 || syscall(SYS_move_mount, tree, "", target, "",
                                  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return error_sys(err, errno, "mount %s at %s", source, bind->target);
        return 0;
}

int container_tree_mount_all(const struct store *store, const struct container *container,
                             int *fd_out, struct tree_points *points, struct error *err)
{
        const struct container_spec *spec = &container->spec;
        AUTO_CLOSE int fd = -1;
        AUTO(strv) sources = { 0 };

        if (container_tree_mount(store, container, &fd, err) < 0 ||
            mounts_sources(store, container, &sources, err) < 0)
                return -1;
        for (size_t i = 0; i < spec->mount_count; i++)
                if (sources.items[i][0] == '/' &&
                    mount_bind(fd, &spec->mounts[i], sources.items[i], points, err) < 0)
                        return -1;
        *fd_out = take_fd(&fd);
        return 0;
}

/* Of the point itself, not of what a link in its place leads to. */
static void take_away(int root_fd, const struct tree_point *point)
{
        const char *name = strrchr(point->path, '/') + 1;
        AUTO_FREE char *parent = xstrndup(point->path, (size_t)(name - point->path));
        AUTO_CLOSE int parent_fd = path_open_in(root_fd, parent, O_PATH | O_DIRECTORY, 0);
        AUTO_CLOSE int fd = path_open_in(root_fd, point->path, O_PATH | O_NOFOLLOW, 0);
        struct stat st;
        char link[32];

        if (parent_fd < 0 || fd < 0)
                return;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        (void)umount2(link, MNT_DETACH); /* where it is no mount: EINVAL */
        if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != point->dev ||
            st.st_ino != point->ino)
                return;
        if (S_ISDIR(st.st_mode))
                (void)unlinkat(parent_fd, name, AT_REMOVEDIR);
        else if (st.st_size == 0)
                (void)unlinkat(parent_fd, name, 0);
}

void container_tree_unmount(int fd, const struct tree_points *points)
{
        for (size_t i = points->count; i-- > 0;)
                take_away(fd, &points->items[i]);
}
