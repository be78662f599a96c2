/* Holding a layer's files against its archive. A later entry may replace an earlier one, so what an
 * archive has twice is checked as it came last: entries are gathered by path first. */
#include "engine/storage/layer_check.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/storage/blob.h"
#include "engine/storage/inflate.h"
#include "engine/storage/layer.h"
#include "engine/storage/whiteout.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE ((size_t)256 << 10)

struct expected {
        char *path;
        mode_t mode;
        int64_t size, mtime;
        size_t order;
        bool link; /* a hard link: only that it is there */
};

struct expectations {
        struct expected *items;
        size_t count, room;
};

struct reader {
        struct inflater *inflater;
        char *piece;
        struct error error;
};

static void expectations_release(struct expectations *e)
{
        for (size_t i = 0; i < e->count; i++)
                free(e->items[i].path);
        free(e->items);
}

static la_ssize_t next_piece(struct archive *archive, void *data, const void **piece_out)
{
        struct reader *r = data;
        ssize_t n = inflater_read(r->inflater, r->piece, PIECE, &r->error);

        if (n < 0)
                archive_set_error(archive, EIO, "%s", r->error.text);
        *piece_out = r->piece;
        return n;
}

/* Whiteouts and what the unpacker may leave out are not looked for. */
static bool is_checked(struct archive_entry *entry, const char *path)
{
        const char *slash = strrchr(path, '/');
        mode_t type = archive_entry_filetype(entry);

        return path[0] && strcmp(path, ".") != 0 && type != AE_IFCHR && type != AE_IFBLK &&
               strncmp(slash ? slash + 1 : path, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) != 0;
}

static void expect(struct expectations *e, struct archive_entry *entry)
{
        AUTO_FREE char *clean = path_clean(archive_entry_pathname(entry));
        const char *path = clean[0] == '/' ? clean + 1 : clean;

        if (!is_checked(entry, path))
                return;
        if (e->count == e->room) {
                e->room = e->room ? e->room * 2 : 256;
                e->items = xreallocarray(e->items, e->room, sizeof(*e->items));
        }
        e->items[e->count] = (struct expected){ .path = xstrdup(path),
                                                .mode = archive_entry_mode(entry),
                                                .size = archive_entry_size(entry),
                                                .mtime = archive_entry_mtime(entry),
                                                .order = e->count,
                                                .link = archive_entry_hardlink(entry) != NULL };
        e->count++;
}

static int read_entries(struct reader *r, struct expectations *e, struct error *err)
{
        struct archive *archive = archive_read_new();
        struct archive_entry *entry;
        int rc;

        archive_read_support_format_tar(archive);
        archive_read_support_format_empty(archive);
        rc = archive_read_open(archive, r, NULL, next_piece, NULL);
        while (rc == ARCHIVE_OK || rc == ARCHIVE_WARN) {
                rc = archive_read_next_header(archive, &entry);
                if ((rc == ARCHIVE_OK || rc == ARCHIVE_WARN) && archive_entry_pathname(entry))
                        expect(e, entry);
        }
        if (rc != ARCHIVE_EOF)
                error_set(err, ERROR_INVALID, "its blob cannot be read: %s",
                          archive_error_string(archive) ? archive_error_string(archive) : "?");
        archive_read_free(archive);
        return rc == ARCHIVE_EOF ? 0 : -1;
}

static int read_blob(const struct store *store, const struct digest *blob, struct expectations *e,
                     struct error *err)
{
        AUTO_FREE char *piece = xmalloc(PIECE);
        AUTO_CLOSE int fd = -1;
        struct reader r = { .piece = piece };
        int rc;

        (void)setlocale(LC_CTYPE, "C.UTF-8");
        if (blob_open(store, blob, &fd, NULL, err) < 0 ||
            inflater_open(fd, LAYER_DETECT, UINT64_MAX, &r.inflater, err) < 0)
                return -1;
        rc = read_entries(&r, e, err);
        inflater_close(r.inflater);
        return rc;
}

static int by_path(const void *a, const void *b)
{
        const struct expected *x = a, *y = b;
        int order = strcmp(x->path, y->path);

        return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int differs(const struct expected *e, const char *what, struct error *err)
{
        return error_set(err, ERROR_INVALID, "/%.300s %s", e->path, what);
}

static int compare(int diff_fd, const struct expected *e, struct error *err)
{
        struct stat st;

        if (fstatat(diff_fd, e->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return differs(e, "is missing", err);
        if (e->link)
                return 0;
        if ((st.st_mode & S_IFMT) != (e->mode & S_IFMT))
                return differs(e, "is of another type", err);
        if (S_ISREG(st.st_mode) && st.st_size != e->size)
                return differs(e, "has another size", err);
        if (!S_ISLNK(st.st_mode) && (st.st_mode & 07777) != (e->mode & 07777))
                return differs(e, "has another mode", err);
        if (S_ISREG(st.st_mode) && st.st_mtim.tv_sec != e->mtime)
                return differs(e, "was changed", err);
        return 0;
}

/* Was this path replaced by something that is no directory, so that what lay below is gone? */
static bool below_replaced(const struct expectations *e, size_t at)
{
        for (size_t i = at; i-- > 0;) {
                const struct expected *above = &e->items[i];
                size_t len = strlen(above->path);

                if (e->items[at].path[0] != above->path[0])
                        return false;
                if (strncmp(e->items[at].path, above->path, len) == 0 &&
                    e->items[at].path[len] == '/')
                        return !S_ISDIR(above->mode) || above->order > e->items[at].order;
        }
        return false;
}

static int compare_all(int diff_fd, struct expectations *e, struct error *err)
{
        if (e->count)
                qsort(e->items, e->count, sizeof(*e->items), by_path);
        for (size_t i = 0; i < e->count; i++) {
                if (i + 1 < e->count && strcmp(e->items[i].path, e->items[i + 1].path) == 0)
                        continue; /* a later entry stands for it */
                if (compare(diff_fd, &e->items[i], err) < 0 && !below_replaced(e, i))
                        return -1;
        }
        return 0;
}

int layer_check(const struct store *store, const struct digest *diff_id, const char *mapping,
                const struct digest *blob, struct error *err)
{
        AUTO_FREE char *path = layer_path(diff_id, mapping);
        AUTO_FREE char *meta = path_join(path, "meta");
        AUTO_FREE char *diff = path_join(path, "diff");
        AUTO_JSON json_t *json = NULL;
        AUTO(expectations) expected = { 0 };
        AUTO_CLOSE int diff_fd = -1;

        if (json_read_file(store->root_fd, meta, LIMIT_SPEC, &json, err) < 0)
                return -1;
        diff_fd = openat(store->root_fd, diff, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (diff_fd < 0)
                return error_sys(err, errno, "open its files");
        if (!blob || !blob_exists(store, blob))
                return 0;
        if (read_blob(store, blob, &expected, err) < 0)
                return -1;
        return compare_all(diff_fd, &expected, err);
}
