/* Comparing an upper directory with the layers below. See changes.h. */
#include "engine/storage/changes.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/whiteout.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct finder {
        int *layer_fds; /* lowest first */
        size_t layer_count;
        struct changes *changes;
};

void changes_release(struct changes *changes)
{
        for (size_t i = 0; i < changes->count; i++)
                free(changes->items[i].path);
        free(changes->items);
        *changes = (struct changes){ 0 };
}

const char *change_letter(enum change_kind kind)
{
        return kind == CHANGE_ADDED ? "A" : kind == CHANGE_DELETED ? "D" : "C";
}

/* One layer's word on a path: 1 it is there, 0 it says nothing, -1 it hides what is below. */
static int look(int layer_fd, const char *path, struct stat *st)
{
        AUTO_FREE char *part = xstrdup(path);
        struct stat found;

        /* Each parent may be hidden, or be no directory here. */
        for (char *slash = strchr(part, '/');; slash = strchr(slash + 1, '/')) {
                if (slash)
                        *slash = '\0';
                if (fstatat(layer_fd, part, &found, AT_SYMLINK_NOFOLLOW) < 0)
                        return whiteout_hides(layer_fd, part) ? -1 : 0;
                if (whiteout_is(&found))
                        return -1;
                if (!slash) {
                        *st = found;
                        return 1;
                }
                if (!S_ISDIR(found.st_mode))
                        return -1;
                *slash = '/';
        }
}

/* Is a parent of the path opaque in this layer? */
static bool hidden_below(int layer_fd, const char *path)
{
        AUTO_FREE char *part = xstrdup(path);

        for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
                AUTO_CLOSE int fd = -1;

                *slash = '\0';
                fd = openat(layer_fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd >= 0 && whiteout_is_opaque(fd))
                        return true;
        }
        return false;
}

static bool in_layers(const struct finder *f, const char *path, struct stat *st)
{
        for (size_t i = f->layer_count; i-- > 0;) {
                int found = look(f->layer_fds[i], path, st);

                if (found != 0)
                        return found > 0;
                if (hidden_below(f->layer_fds[i], path))
                        return false;
        }
        return false;
}

static void add_change(struct finder *f, enum change_kind kind, const char *path)
{
        struct changes *c = f->changes;

        c->items = xreallocarray(c->items, c->count + 1, sizeof(*c->items));
        c->items[c->count++] = (struct change){ .kind = kind, .path = xasprintf("/%s", path) };
}

static int walk(struct finder *f, int dir_fd, const char *prefix, struct error *err);

/* ".wh.NAME" in place of a device: NAME was deleted. */
static int visit_marker(struct finder *f, const char *prefix, const char *hidden)
{
        AUTO_FREE char *path = xasprintf("%s%s", prefix, hidden);
        struct stat below;

        if (in_layers(f, path, &below))
                add_change(f, CHANGE_DELETED, path);
        return 0;
}

static int visit(struct finder *f, int dir_fd, const char *last, const char *path,
                 struct error *err)
{
        struct stat st, below;
        bool existed;

        if (fstatat(dir_fd, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : error_sys(err, errno, "look at %s", path);
        existed = in_layers(f, path, &below);
        if (whiteout_is(&st)) {
                if (existed)
                        add_change(f, CHANGE_DELETED, path);
                return 0;
        }
        add_change(f, existed ? CHANGE_MODIFIED : CHANGE_ADDED, path);
        if (S_ISDIR(st.st_mode)) {
                AUTO_FREE char *prefix = xasprintf("%s/", path);
                AUTO_CLOSE int fd =
                        openat(dir_fd, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

                return fd < 0 ? error_sys(err, errno, "open %s", path) : walk(f, fd, prefix, err);
        }
        return 0;
}

static int walk(struct finder *f, int dir_fd, const char *prefix, struct error *err)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return error_sys(err, errno, "read %s", prefix);
        while (rc == 0 && (entry = readdir(dir))) {
                AUTO_FREE char *path = xasprintf("%s%s", prefix, entry->d_name);
                const char *hidden = whiteout_hidden_name(entry->d_name);

                if (strcmp(entry->d_name, WHITEOUT_OPAQUE) == 0)
                        continue;
                if (hidden)
                        rc = visit_marker(f, prefix, hidden);
                else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        rc = visit(f, dir_fd, entry->d_name, path, err);
        }
        closedir(dir);
        return rc;
}

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

void changes_sort(struct changes *changes)
{
        if (changes->count)
                qsort(changes->items, changes->count, sizeof(*changes->items), by_path);
}

size_t changes_place(const struct changes *changes, const char *path)
{
        size_t low = 0, high = changes->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(changes->items[middle].path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int find_all(struct finder *f, int base_fd, const char *top, const struct strv *layers,
                    struct error *err)
{
        AUTO_CLOSE int fd = openat(base_fd, top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open %s", top);
        f->layer_fds = xcalloc(layers->count + 1, sizeof(*f->layer_fds));
        for (size_t i = 0; i < layers->count; i++) {
                int layer = openat(base_fd, layers->items[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

                if (layer < 0)
                        return error_sys(err, errno, "open %s", layers->items[i]);
                f->layer_fds[f->layer_count++] = layer;
        }
        return walk(f, fd, "", err);
}

int changes_find(int base_fd, const char *top, const struct strv *layers,
                 struct changes *changes_out, struct error *err)
{
        struct changes changes = { 0 };
        struct finder f = { .changes = &changes };
        int rc = find_all(&f, base_fd, top, layers, err);

        for (size_t i = 0; i < f.layer_count; i++)
                close(f.layer_fds[i]);
        free(f.layer_fds);
        if (rc < 0) {
                changes_release(&changes);
                return -1;
        }
        changes_sort(&changes);
        *changes_out = changes;
        return 0;
}
