/* The merged view of layers. See merged.h.
 *
 * The names of all parts of a directory are gathered, sorted by name and, for one name, by layer:
 * the first of each is what shows. A directory goes on in the layers below until one has something
 * else of that name, hides it, or is opaque.
 */
#include "engine/storage/merged.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/storage/whiteout.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

struct found {
        char *name;
        size_t part;
        bool hides;
};

struct found_list {
        struct found *items;
        size_t count, room;
};

static void found_list_release(struct found_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->items[i].name);
        free(list->items);
}

void merged_dir_release(struct merged_dir *dir)
{
        for (size_t i = 0; i < dir->count; i++)
                close(dir->fds[i]);
        free(dir->fds);
        *dir = (struct merged_dir){ 0 };
}

void merged_entries_release(struct merged_entries *entries)
{
        for (size_t i = 0; i < entries->count; i++)
                free(entries->items[i].name);
        free(entries->items);
        *entries = (struct merged_entries){ 0 };
}

static void add_part(struct merged_dir *dir, int fd)
{
        dir->fds = xreallocarray(dir->fds, dir->count + 1, sizeof(*dir->fds));
        dir->fds[dir->count++] = fd;
}

static int open_dir(int dir_fd, const char *name)
{
        return openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int merged_open(int base_fd, const struct strv *layers, struct merged_dir *dir_out,
                struct error *err)
{
        AUTO(merged_dir) dir = { 0 };

        for (size_t i = layers->count; i-- > 0;) {
                int fd = open_dir(base_fd, layers->items[i]);

                if (fd < 0)
                        return error_sys(err, errno, "open %s", layers->items[i]);
                add_part(&dir, fd);
                if (whiteout_is_opaque(fd))
                        break;
        }
        *dir_out = dir;
        dir = (struct merged_dir){ 0 };
        return 0;
}

static void add_found(struct found_list *list, const char *name, size_t part)
{
        const char *hidden = whiteout_hidden_name(name);

        if (list->count == list->room) {
                list->room = list->room ? list->room * 2 : 64;
                list->items = xreallocarray(list->items, list->room, sizeof(*list->items));
        }
        list->items[list->count++] = (struct found){ .name = xstrdup(hidden ? hidden : name),
                                                     .part = part,
                                                     .hides = hidden != NULL };
}

static int read_part(int dir_fd, size_t part, struct found_list *list, struct error *err)
{
        int fd = open_dir(dir_fd, ".");
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "read a directory of a layer");
        while ((entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                    strcmp(entry->d_name, WHITEOUT_OPAQUE) != 0)
                        add_found(list, entry->d_name, part);
        closedir(dir);
        return 0;
}

static int by_name_and_part(const void *a, const void *b)
{
        const struct found *one = a, *other = b;
        int order = strcmp(one->name, other->name);

        if (order)
                return order;
        if (one->part != other->part)
                return one->part < other->part ? -1 : 1;
        return (int)one->hides - (int)other->hides; /* in one layer, a file is over its whiteout */
}

static int take_entry(const struct merged_dir *dir, struct found *found,
                      struct merged_entries *entries, struct error *err)
{
        struct stat st;

        if (found->hides)
                return 0;
        if (fstatat(dir->fds[found->part], found->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return error_sys(err, errno, "look at %s in a layer", found->name);
        if (whiteout_is(&st))
                return 0;
        entries->items[entries->count++] =
                (struct merged_entry){ .name = found->name, .st = st, .part = found->part };
        found->name = NULL;
        return 0;
}

static int list_names(const struct merged_dir *dir, struct found_list *list,
                      struct merged_entries *entries, struct error *err)
{
        const char *last = NULL;

        for (size_t i = 0; i < dir->count; i++)
                if (read_part(dir->fds[i], i, list, err) < 0)
                        return -1;
        if (list->count == 0)
                return 0;
        qsort(list->items, list->count, sizeof(*list->items), by_name_and_part);
        entries->items = xcalloc(list->count, sizeof(*entries->items));
        for (size_t i = 0; i < list->count; i++) {
                if (last && strcmp(last, list->items[i].name) == 0)
                        continue;
                last = list->items[i].name;
                if (take_entry(dir, &list->items[i], entries, err) < 0)
                        return -1;
        }
        return 0;
}

int merged_list(const struct merged_dir *dir, struct merged_entries *entries_out, struct error *err)
{
        AUTO(merged_entries) entries = { 0 };
        AUTO(found_list) list = { 0 };

        if (list_names(dir, &list, &entries, err) < 0)
                return -1;
        *entries_out = entries;
        entries = (struct merged_entries){ 0 };
        return 0;
}

int merged_enter(const struct merged_dir *dir, const struct merged_entry *entry,
                 struct merged_dir *dir_out, struct error *err)
{
        AUTO(merged_dir) inner = { 0 };

        for (size_t i = entry->part; i < dir->count; i++) {
                int fd = open_dir(dir->fds[i], entry->name);

                if (fd < 0 && i == entry->part)
                        return error_sys(err, errno, "open %s in a layer", entry->name);
                if (fd < 0 && errno == ENOENT && !whiteout_hides(dir->fds[i], entry->name))
                        continue; /* this layer says nothing of it */
                if (fd < 0)
                        break;
                add_part(&inner, fd);
                if (whiteout_is_opaque(fd))
                        break;
        }
        *dir_out = inner;
        inner = (struct merged_dir){ 0 };
        return 0;
}

const struct merged_entry *merged_find(const struct merged_entries *entries, const char *name)
{
        size_t low = 0, high = entries->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(entries->items[middle].name, name);

                if (order == 0)
                        return &entries->items[middle];
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}
