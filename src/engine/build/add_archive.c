/* An archive's entries into a layer's archive. See add_archive.h. */
#include "engine/build/add_archive.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/inflate.h"
#include "engine/storage/pack_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#define PIECE ((size_t)256 << 10)

struct reader {
        struct inflater *inflater;
        struct archive *archive;
        struct error error; /* of the inflater */
        char *piece;
};

static la_ssize_t feed(struct archive *archive, void *data, const void **piece_out)
{
        struct reader *r = data;
        ssize_t n = inflater_read(r->inflater, r->piece, PIECE, &r->error);

        if (n < 0)
                archive_set_error(archive, EIO, "%s", r->error.text);
        *piece_out = r->piece;
        return n;
}

static void reader_release(struct reader *r)
{
        if (r->archive)
                archive_read_free(r->archive);
        inflater_close(r->inflater);
        free(r->piece);
}

static int reader_open(int fd, struct reader *r, struct error *err)
{
        *r = (struct reader){ .piece = xmalloc(PIECE) };
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read the archive");
        if (inflater_open(fd, LAYER_DETECT, UINT64_MAX, &r->inflater, err) < 0)
                return -1;
        r->archive = archive_read_new();
        archive_read_support_format_tar(r->archive);
        if (archive_read_open(r->archive, r, NULL, feed, NULL) != ARCHIVE_OK)
                return error_set(err, ERROR_INVALID, "it is no archive");
        return 0;
}

bool add_archive_is(int fd)
{
        AUTO(reader) r = { 0 };
        struct archive_entry *entry;

        return reader_open(fd, &r, NULL) == 0 &&
               archive_read_next_header(r.archive, &entry) >= ARCHIVE_WARN;
}

/* "./a//b" -> "a/b"; NULL when it leads out. The caller frees. */
static char *clean_name(const char *name)
{
        AUTO(strv) parts = { 0 };
        AUTO_FREE char *rooted = xasprintf("/%s", name);

        strv_split(&parts, name, '/');
        if (strv_contains(&parts, ".."))
                return NULL;
        return path_clean(rooted);
}

static void adjust(const struct copying *c, struct archive_entry *entry)
{
        if (c->owned) {
                archive_entry_set_uid(entry, c->uid);
                archive_entry_set_gid(entry, c->gid);
        }
        if (c->has_mode && archive_entry_filetype(entry) != AE_IFLNK)
                archive_entry_set_perm(entry, c->mode);
        archive_entry_sparse_clear(entry);
        archive_entry_copy_uname(entry, NULL);
        archive_entry_copy_gname(entry, NULL);
}

/* The entry under the name that it gets, with the file that a hard link means too. */
static int rename_entry(struct place *place, struct archive_entry *entry, const char *to,
                        struct error *err)
{
        const char *name = archive_entry_pathname(entry), *link = archive_entry_hardlink(entry);
        AUTO_FREE char *clean = name ? clean_name(name) : NULL;
        AUTO_FREE char *link_clean = link ? clean_name(link) : NULL;
        AUTO_FREE char *path = clean ? xasprintf("%s/%s", to, clean) : NULL;
        AUTO_FREE char *link_path = link_clean ? xasprintf("%s/%s", to, link_clean) : NULL;
        AUTO_FREE char *final = NULL;
        AUTO_FREE char *link_final = NULL;

        if (!path || (link && !link_path))
                return error_set(err, ERROR_INVALID, "%s: the entry's path leads outside",
                                 name ? name : "an entry without a name");
        if (archive_entry_filetype(entry) == AE_IFDIR && !link) {
                if (place_dir_name(place, path, &final, err) < 0)
                        return -1;
        } else if (place_file_name(place, path, &final, err) < 0) {
                return -1;
        }
        if (link && place_name(place, link_path, &link_final, err) < 0)
                return -1;
        archive_entry_copy_pathname(entry, final);
        if (link)
                archive_entry_copy_hardlink(entry, link_final);
        return 0;
}

static int emit_entry(const struct copying *c, struct place *place, struct reader *r,
                      struct archive_entry *entry, const char *to, struct error *err)
{
        const void *data;
        size_t size;
        la_int64_t offset;
        int rc;

        if (rename_entry(place, entry, to, err) < 0)
                return -1;
        if (!archive_entry_pathname(entry)[0])
                return 0; /* the destination itself */
        adjust(c, entry);
        if (pack_stream_entry(place->stream, entry, err) < 0)
                return -1;
        while ((rc = archive_read_data_block(r->archive, &data, &size, &offset)) == ARCHIVE_OK)
                if (pack_stream_block(place->stream, data, size, offset, err) < 0)
                        return -1;
        if (rc != ARCHIVE_EOF)
                return error_set(err, ERROR_INVALID, "the archive is damaged: %s",
                                 archive_error_string(r->archive));
        return 0;
}

int add_archive_emit(const struct copying *c, struct place *place, int fd, const char *to,
                     struct error *err)
{
        AUTO(reader) r = { 0 };
        struct archive_entry *entry;
        int rc;

        if (reader_open(fd, &r, err) < 0)
                return -1;
        while ((rc = archive_read_next_header(r.archive, &entry)) == ARCHIVE_OK ||
               rc == ARCHIVE_WARN)
                if (emit_entry(c, place, &r, entry, to, err) < 0)
                        return -1;
        if (rc != ARCHIVE_EOF)
                return error_set(err, ERROR_INVALID, "the archive is damaged: %s",
                                 archive_error_string(r.archive));
        return 0;
}
