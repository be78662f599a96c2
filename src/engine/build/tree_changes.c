/* Comparing two trees, name by name. See tree_changes.h. */
#include "engine/build/tree_changes.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>

struct walk {
        const struct view *from, *to;
        struct changes *changes;
};

static void add(struct walk *w, enum change_kind kind, const char *path)
{
        struct changes *c = w->changes;

        if ((c->count & (c->count - 1)) == 0) /* a power of two: full */
                c->items = xreallocarray(c->items, c->count ? c->count * 2 : 1, sizeof(*c->items));
        c->items[c->count++] = (struct change){ .kind = kind, .path = xstrdup(path) };
}

/* Files that both images have from one layer are one inode; what was changed is copied up. */
static bool same(const struct stat *a, const struct stat *b)
{
        if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid)
                return false;
        if (S_ISDIR(a->st_mode))
                return true;
        return a->st_size == b->st_size && a->st_rdev == b->st_rdev &&
               a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
               a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int open_dir(int fd, const char *name)
{
        return fd < 0 ? -1 : openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int walk_dir(struct walk *w, int from_fd, int to_fd, const char *path, struct error *err);

/* -1, or how many changes there are below. from_fd -1: it is new. */
static int walk_entry(struct walk *w, int from_fd, int to_fd, const char *path, const char *name,
                      struct error *err)
{
        AUTO_FREE char *full = xasprintf("%s/%s", path, name);
        bool was, is_dir, was_dir;
        struct stat before, now;
        size_t count = w->changes->count;

        was = from_fd >= 0 && view_stat(w->from, from_fd, name, &before) == 0;
        if (view_stat(w->to, to_fd, name, &now) < 0)
                return error_sys(err, errno, "look at %s", full);
        is_dir = S_ISDIR(now.st_mode);
        was_dir = was && S_ISDIR(before.st_mode);
        if (is_dir) {
                AUTO_CLOSE int from = was_dir ? open_dir(from_fd, name) : -1;
                AUTO_CLOSE int to = open_dir(to_fd, name);

                if (to < 0 || (was_dir && from < 0))
                        return error_sys(err, errno, "open %s", full);
                if (walk_dir(w, from, to, full, err) < 0)
                        return -1;
        }
        if (!was || !same(&before, &now) || w->changes->count > count)
                add(w, was ? CHANGE_MODIFIED : CHANGE_ADDED, full);
        return 0;
}

/* What is not there any more. */
static int walk_deleted(struct walk *w, int from_fd, const struct strv *names, const char *path,
                        struct error *err)
{
        AUTO(strv) before = { 0 };

        if (from_fd < 0)
                return 0;
        if (path_list_names(from_fd, &before, err) < 0)
                return -1;
        for (size_t i = 0; i < before.count; i++)
                if (!strv_contains(names, before.items[i])) {
                        AUTO_FREE char *full = xasprintf("%s/%s", path, before.items[i]);

                        add(w, CHANGE_DELETED, full);
                }
        return 0;
}

static int walk_dir(struct walk *w, int from_fd, int to_fd, const char *path, struct error *err)
{
        AUTO(strv) names = { 0 };

        if (path_list_names(to_fd, &names, err) < 0)
                return error_context(err, "%s", path);
        for (size_t i = 0; i < names.count; i++)
                if (walk_entry(w, from_fd, to_fd, path, names.items[i], err) < 0)
                        return -1;
        return walk_deleted(w, from_fd, &names, path, err);
}

int tree_changes_find(const struct view *from, const struct view *to, struct changes *changes_out,
                      struct error *err)
{
        AUTO(changes) changes = { 0 };
        struct walk walk = { .from = from, .to = to, .changes = &changes };
        AUTO_CLOSE int from_fd = open(from->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int to_fd = open(to->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (from_fd < 0 || to_fd < 0)
                return error_sys(err, errno, "open the image's files");
        if (walk_dir(&walk, from_fd, to_fd, "", err) < 0)
                return -1;
        changes_sort(&changes);
        *changes_out = changes;
        changes = (struct changes){ 0 };
        return 0;
}
