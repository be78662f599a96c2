/* Files on their way into a layer's archive. See place.h. */
#include "engine/build/place.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/whiteout.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

void place_release(struct place *place)
{
        strv_release(&place->listed);
        free(place->asked);
        free(place->found);
}

/* Where it is, or would be, in the sorted list. */
static size_t slot_of(const struct strv *list, const char *name)
{
        size_t low = 0, high = list->count;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (strcmp(list->items[middle], name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* False: it was there already. */
static bool note_listed(struct strv *list, const char *name)
{
        size_t at = slot_of(list, name);

        if (at < list->count && strcmp(list->items[at], name) == 0)
                return false;
        strv_add(list, name);
        for (size_t i = list->count - 1; i > at; i--) {
                char *other = list->items[i - 1];

                list->items[i - 1] = list->items[i];
                list->items[i] = other;
        }
        return true;
}

/* The directory itself: as the image has it, or a new one. name: without the first slash. */
static int list_dir(struct place *place, const char *name, struct error *err)
{
        struct stat st = { .st_mode = S_IFDIR | 0755,
                           .st_uid = place->uid,
                           .st_gid = place->gid,
                           .st_mtim = { .tv_sec = time(NULL) } };
        AUTO_FREE char *entry = xasprintf("%s/", name);
        struct stat there;

        if (!note_listed(&place->listed, name))
                return 0;
        if (view_stat(place->view, place->view->fd, name, &there) == 0) {
                if (!S_ISDIR(there.st_mode))
                        return error_set(err, ERROR_INVALID, "/%s is in the image and no directory",
                                         name);
                return pack_stream_put(place->stream, place->view->fd, name, entry, &there, err);
        }
        return pack_stream_data(place->stream, entry, &st, NULL, 0, err);
}

/* Every directory on the way to it, the outermost first. */
static int list_parents(struct place *place, const char *name, struct error *err)
{
        for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
                AUTO_FREE char *dir = xstrndup(name, (size_t)(slash - name));

                if (list_dir(place, dir, err) < 0)
                        return -1;
        }
        return 0;
}

static int resolve_parent(struct place *place, const char *parent, struct error *err)
{
        char *found;

        if (place->asked && strcmp(place->asked, parent) == 0)
                return 0;
        found = view_resolve(place->view, parent);
        if (!found)
                return error_sys(err, errno, "%s in the image", parent);
        free(place->asked);
        free(place->found);
        place->asked = xstrdup(parent);
        place->found = found;
        return 0;
}

int place_name(struct place *place, const char *path, char **name_out, struct error *err)
{
        AUTO_FREE char *rooted = xasprintf("/%s", path);
        AUTO_FREE char *clean = path_clean(rooted);
        AUTO_FREE char *name = NULL;
        char *last = strrchr(clean, '/') + 1;
        AUTO_FREE char *parent =
                last - clean > 1 ? xstrndup(clean, (size_t)(last - clean - 1)) : xstrdup("/");

        if (strncmp(last, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
                return error_set(err, ERROR_INVALID,
                                 "%s: a layer cannot have files whose names begin with "
                                 "\"" WHITEOUT_PREFIX "\"",
                                 path);
        if (resolve_parent(place, parent, err) < 0)
                return -1;
        name = xasprintf("%s/%s", strcmp(place->found, "/") == 0 ? "" : place->found, last);
        if (list_parents(place, name + 1, err) < 0)
                return -1;
        *name_out = xstrdup(name + 1);
        return 0;
}

int place_file_name(struct place *place, const char *path, char **name_out, struct error *err)
{
        struct stat there;

        if (place_name(place, path, name_out, err) < 0)
                return -1;
        if ((*name_out)[0] && (view_stat(place->view, place->view->fd, *name_out, &there) < 0 ||
                               !S_ISDIR(there.st_mode)))
                return 0;
        error_set(err, ERROR_INVALID, "/%s is a directory in the image: a file cannot replace it",
                  *name_out);
        free(take_ptr(*name_out));
        return -1;
}

int place_file(struct place *place, const char *path, int dir_fd, const char *last,
               const struct stat *st, struct error *err)
{
        AUTO_FREE char *name = NULL;

        if (place_file_name(place, path, &name, err) < 0)
                return -1;
        return pack_stream_put(place->stream, dir_fd, last, name, st, err);
}

int place_open_file(struct place *place, const char *path, int fd, const struct stat *st,
                    struct error *err)
{
        AUTO_FREE char *name = NULL;

        if (place_file_name(place, path, &name, err) < 0)
                return -1;
        return pack_stream_put_fd(place->stream, fd, name, st, err);
}

int place_data(struct place *place, const char *path, const struct stat *st, const void *data,
               size_t len, struct error *err)
{
        AUTO_FREE char *name = NULL;

        if (place_file_name(place, path, &name, err) < 0)
                return -1;
        return pack_stream_data(place->stream, name, st, data, len, err);
}

int place_dir_name(struct place *place, const char *path, char **name_out, struct error *err)
{
        AUTO_FREE char *name = NULL;
        AUTO_FREE char *target = NULL;
        struct stat there;

        if (place_name(place, path, &name, err) < 0)
                return -1;
        if (view_stat(place->view, place->view->fd, name, &there) == 0 && S_ISLNK(there.st_mode)) {
                target = view_resolve(place->view, name);
                if (!target)
                        return error_sys(err, errno, "/%s in the image", name);
                return place_name(place, target, name_out, err);
        }
        *name_out = take_ptr(name);
        return 0;
}

int place_dir(struct place *place, const char *path, int dir_fd, const char *last,
              const struct stat *st, struct error *err)
{
        AUTO_FREE char *name = NULL;
        AUTO_FREE char *entry = NULL;

        if (place_dir_name(place, path, &name, err) < 0)
                return -1;
        if (!name[0])
                return 0;
        (void)note_listed(&place->listed, name);
        entry = xasprintf("%s/", name);
        if (dir_fd < 0)
                return pack_stream_data(place->stream, entry, st, NULL, 0, err);
        return pack_stream_put(place->stream, dir_fd, last, entry, st, err);
}
