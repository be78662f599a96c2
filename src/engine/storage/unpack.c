/* A tar stream to files. libarchive reads the format; what is made of an entry is decided by the
 * parts (unpack_parts.h). Directories get their final mode and time at the end, children would
 * disturb both.
 */
#include "engine/storage/unpack_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/whiteout.h"

#include <fcntl.h>
#include <string.h>

void unpack_result_release(struct unpack_result *result)
{
        strv_release(&result->implied_dirs);
        strv_release(&result->skipped_devices);
}

int unpack_refuse(const char *name, const char *why, struct error *err)
{
        return error_set(err, ERROR_INVALID, "layer entry \"%.300s\": %s", name, why);
}

int unpack_failed(const char *name, const char *what, struct error *err)
{
        return error_sys(err, errno, "layer entry \"%.300s\": %s", name, what);
}

int unpack_read_failed(struct unpacker *u, struct error *err)
{
        const char *why = archive_error_string(u->archive);

        if (u->source_error->kind != ERROR_NONE)
                return error_copy(err, u->source_error);
        return error_set(err, ERROR_INVALID, "the layer is not a valid tar archive: %s",
                         why ? why : "unknown reason");
}

/* The root directory's own entry: mode and owner of "/". */
static int make_root(struct unpacker *u, struct archive_entry *entry, struct error *err)
{
        if (archive_entry_filetype(entry) != AE_IFDIR)
                return unpack_refuse(archive_entry_pathname(entry), "the root is not a directory",
                                     err);
        if (unpack_set_owner(u, u->root_fd, ".", entry) < 0)
                return unpack_owner_failed("/", entry, err);
        unpack_note_dir(u, ".", entry);
        u->result->root_listed = true;
        return 0;
}

static void note_owner(struct unpacker *u, struct archive_entry *entry)
{
        const la_int64_t ids[] = { archive_entry_uid(entry), archive_entry_gid(entry) };

        for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
                if (ids[i] > u->result->max_id && ids[i] < UINT32_MAX)
                        u->result->max_id = (uint32_t)ids[i];
}

static int make_entry(struct unpacker *u, struct archive_entry *entry, struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        AUTO_FREE char *path = name ? unpack_clean_path(name) : NULL;
        const char *last;

        if (!name)
                return unpack_refuse("", "it has no name", err);
        if (!path)
                return unpack_refuse(name, "its path leads outside of the layer or is too long",
                                     err);
        note_owner(u, entry);
        if (!path[0])
                return make_root(u, entry, err);
        if (unpack_enter_parent(u, path, &last, err) < 0)
                return -1;
        if (!u->source->plain && strcmp(last, WHITEOUT_OPAQUE) == 0)
                return unpack_make_opaque(u, name, err);
        if (!u->source->plain && strncmp(last, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
                return unpack_make_whiteout(u, name, last, err);
        if (archive_entry_hardlink(entry))
                return unpack_make_hard_link(u, entry, last, err);
        return unpack_make(u, entry, path, last, err);
}

/* Deepest first is not needed: setting a directory's time changes no other directory. */
static int finish_dirs(struct unpacker *u, struct error *err)
{
        for (size_t i = 0; i < u->dir_count; i++) {
                const struct late_dir *dir = &u->dirs[i];
                struct timespec times[2] = { dir->mtime, dir->mtime };
                AUTO_CLOSE int fd =
                        path_open_in(u->root_fd, dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

                /* A later entry may have replaced it. */
                if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
                        continue;
                if (fd < 0 || fchmod(fd, dir->mode) < 0 || futimens(fd, times) < 0)
                        return unpack_failed(dir->path, "set its mode", err);
        }
        return 0;
}

static la_ssize_t feed(struct archive *archive, void *data, const void **piece_out)
{
        struct unpacker *u = data;
        ssize_t n = u->source->next(u->source->data, piece_out, u->source_error);

        if (n < 0)
                archive_set_error(archive, EIO, "%s", u->source_error->text);
        return n;
}

static int unpack_all(struct unpacker *u, struct error *err)
{
        struct archive_entry *entry;
        int rc;

        while ((rc = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK ||
               rc == ARCHIVE_WARN) {
                if (++u->result->entries > UNPACK_ENTRIES_MAX)
                        return error_set(err, ERROR_TOO_LARGE,
                                         "the layer has more than %llu entries",
                                         (unsigned long long)UNPACK_ENTRIES_MAX);
                if (make_entry(u, entry, err) < 0)
                        return -1;
        }
        return rc == ARCHIVE_EOF ? finish_dirs(u, err) : unpack_read_failed(u, err);
}

static void unpacker_release(struct unpacker *u)
{
        for (size_t i = 0; i < u->dir_count; i++)
                free(u->dirs[i].path);
        free(u->dirs);
        free(u->parent_path);
        if (u->parent_fd >= 0)
                close(u->parent_fd);
        archive_read_free(u->archive);
}

int unpack_tar(int root_fd, const struct unpack_source *source, struct unpack_result *result_out,
               struct error *err)
{
        struct error source_error = { 0 };
        struct unpack_result result = { 0 };
        struct unpacker u = { .root_fd = root_fd,
                              .archive = archive_read_new(),
                              .source = source,
                              .source_error = &source_error,
                              .result = &result,
                              .uid = geteuid(),
                              .gid = getegid(),
                              .parent_fd = -1 };
        int rc;

        if (unpack_own_by_root(&u, root_fd) < 0) {
                archive_read_free(u.archive);
                return error_set(err, ERROR_INVALID,
                                 "the user namespace has no root (0:0), whom "
                                 "the image's files belong to");
        }
        archive_read_support_format_tar(u.archive);
        archive_read_support_format_empty(u.archive);
        if (archive_read_open(u.archive, &u, NULL, feed, NULL) != ARCHIVE_OK)
                rc = unpack_read_failed(&u, err);
        else
                rc = unpack_all(&u, err);
        unpacker_release(&u);
        if (rc < 0)
                unpack_result_release(&result);
        else
                *result_out = result;
        return rc;
}
