/* What a container changed in its copy. See copy.h.
 *
 * The copy and the merged layers are walked side by side. A file counts as changed when its inode
 * was (st_ctime), which nobody can set back, at or after the time at which the copy was whole; or
 * when its attributes are not those of the layer. Where the mark's own times differ, the store was
 * moved to another place, the inodes are new, and the attributes alone tell.
 */
#include "engine/storage/copy.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/merged.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct comparer {
        struct timespec whole; /* the copy was, then */
        bool moved;
        struct changes changes;
};

static bool before(struct timespec a, struct timespec b)
{
        return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static bool same_time(struct timespec a, struct timespec b)
{
        return !before(a, b) && !before(b, a);
}

static bool differs(const struct comparer *c, const struct stat *st, const struct stat *was)
{
        if (!c->moved && !before(st->st_ctim, c->whole))
                return true;
        if (st->st_mode != was->st_mode || st->st_uid != was->st_uid || st->st_gid != was->st_gid ||
            !same_time(st->st_mtim, was->st_mtim))
                return true;
        return S_ISREG(st->st_mode) && st->st_size != was->st_size;
}

static void add_change(struct comparer *c, enum change_kind kind, const char *path)
{
        struct changes *list = &c->changes;

        if ((list->count & (list->count - 1)) == 0) /* a power of two: full */
                list->items = xreallocarray(list->items, list->count ? list->count * 2 : 1,
                                            sizeof(*list->items));
        list->items[list->count++] =
                (struct change){ .kind = kind, .path = xasprintf("/%s", path) };
}

static int compare_dir(struct comparer *c, int dir_fd, const struct merged_dir *was,
                       const char *prefix, struct error *err);

static int compare_inside(struct comparer *c, int dir_fd, const char *path,
                          const struct merged_entry *now, const struct merged_dir *parent,
                          const struct merged_entry *was, struct error *err)
{
        AUTO(merged_dir) inner = { 0 };
        AUTO_FREE char *prefix = xasprintf("%s/", path);
        AUTO_CLOSE int fd =
                openat(dir_fd, now->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open %s", path);
        if (was && S_ISDIR(was->st.st_mode) && merged_enter(parent, was, &inner, err) < 0)
                return -1;
        return compare_dir(c, fd, &inner, prefix, err);
}

static int compare_entry(struct comparer *c, int dir_fd, const char *prefix,
                         const struct merged_entry *now, const struct merged_dir *parent,
                         const struct merged_entry *was, struct error *err)
{
        AUTO_FREE char *path = xasprintf("%s%s", prefix, now->name);
        bool changed = !was || differs(c, &now->st, &was->st);
        size_t count = c->changes.count;

        if (S_ISDIR(now->st.st_mode) && compare_inside(c, dir_fd, path, now, parent, was, err) < 0)
                return -1;
        if (changed || c->changes.count > count)
                add_change(c, was ? CHANGE_MODIFIED : CHANGE_ADDED, path);
        return 0;
}

static int compare_dir(struct comparer *c, int dir_fd, const struct merged_dir *was,
                       const char *prefix, struct error *err)
{
        const struct merged_dir only = { .fds = &dir_fd, .count = 1 };
        AUTO(merged_entries) here = { 0 };
        AUTO(merged_entries) there = { 0 };

        if (merged_list(&only, &here, err) < 0 || merged_list(was, &there, err) < 0)
                return -1;
        for (size_t i = 0; i < here.count; i++)
                if (compare_entry(c, dir_fd, prefix, &here.items[i], was,
                                  merged_find(&there, here.items[i].name), err) < 0)
                        return -1;
        for (size_t i = 0; i < there.count; i++) {
                AUTO_FREE char *path = xasprintf("%s%s", prefix, there.items[i].name);

                if (!merged_find(&here, there.items[i].name))
                        add_change(c, CHANGE_DELETED, path);
        }
        return 0;
}

static int read_mark(const struct rootfs *rootfs, struct comparer *c, struct error *err)
{
        AUTO_FREE char *mark = path_join(rootfs->container, "copied");
        struct stat st;

        if (fstatat(rootfs->store->root_fd, mark, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return error_sys(err, errno, "the container's copy");
        c->whole = st.st_ctim;
        c->moved = !same_time(st.st_ctim, st.st_mtim);
        return 0;
}

static int compare_all(const struct rootfs *rootfs, struct comparer *c, struct error *err)
{
        AUTO(merged_dir) was = { 0 };
        AUTO_FREE char *copy = path_join(rootfs->container, "copy");
        AUTO_CLOSE int fd =
                openat(rootfs->store->root_fd, copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open the container's copy");
        if (read_mark(rootfs, c, err) < 0 ||
            merged_open(rootfs->store->root_fd, &rootfs->layers, &was, err) < 0)
                return -1;
        return compare_dir(c, fd, &was, "", err);
}

int copy_changes(const struct rootfs *rootfs, struct changes *changes_out, struct error *err)
{
        struct comparer c = { 0 };

        if (compare_all(rootfs, &c, err) < 0) {
                changes_release(&c.changes);
                return -1;
        }
        changes_sort(&c.changes);
        *changes_out = c.changes;
        return 0;
}
