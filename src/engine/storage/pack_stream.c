/* A tar archive as it is written. See pack_stream.h. libarchive writes the format. */
#include "engine/storage/pack_stream.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/storage/link_names.h"
#include "engine/storage/whiteout.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>
#include <sys/xattr.h>

#define PIECE     ((size_t)256 << 10)
#define XATTR_MAX ((size_t)64 << 10)

struct pack_stream {
        struct pack_stream_options options;
        struct archive *archive;
        int sys; /* errno of a write that failed */
        struct link_names links;
        char *piece;
        int64_t written; /* bytes of the entry that comes in blocks */
};

static la_ssize_t write_out(struct archive *archive, void *data, const void *buffer, size_t len)
{
        struct pack_stream *p = data;

        if (p->options.cancel && *p->options.cancel) {
                p->sys = ECANCELED;
                return -1;
        }
        if (p->options.digest)
                digest_update(p->options.digest, buffer, len);
        if (p->options.out_fd < 0 || fd_write_all(p->options.out_fd, buffer, len) == 0)
                return (la_ssize_t)len;
        p->sys = errno;
        archive_set_error(archive, errno, "write");
        return -1;
}

static int failed(const struct pack_stream *p, const char *name, struct error *err)
{
        const char *why = archive_error_string(p->archive);

        if (p->sys)
                return error_sys(err, p->sys, "write the archive");
        return error_set(err, ERROR_GENERAL, "pack %s: %s", name, why ? why : "unknown reason");
}

/* Of the descriptor, or (fd -1) of the path. */
static void add_xattr(struct archive_entry *entry, int fd, const char *path, const char *name,
                      char *value)
{
        ssize_t size;

        if (whiteout_is_own_xattr(name) || strncmp(name, "system.", 7) == 0 ||
            strncmp(name, "trusted.", 8) == 0 ||
            (strncmp(name, "security.", 9) == 0 && strcmp(name, "security.capability") != 0))
                return;
        size = fd < 0 ? lgetxattr(path, name, value, XATTR_MAX)
                      : fgetxattr(fd, name, value, XATTR_MAX);
        if (size >= 0)
                archive_entry_xattr_add_entry(entry, name, value, (size_t)size);
}

static ssize_t list_xattrs(int fd, const char *path, char *names, size_t size)
{
        return fd < 0 ? llistxattr(path, names, size) : flistxattr(fd, names, size);
}

static void add_xattrs(struct archive_entry *entry, int fd, const char *path)
{
        AUTO_FREE char *names = NULL;
        AUTO_FREE char *value = NULL;
        ssize_t size = list_xattrs(fd, path, NULL, 0);

        if (size <= 0)
                return;
        names = xmalloc((size_t)size + 1);
        size = list_xattrs(fd, path, names, (size_t)size);
        value = xmalloc(XATTR_MAX);
        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1)
                add_xattr(entry, fd, path, name, value);
}

static int write_contents(struct pack_stream *p, int fd, const char *name, uint64_t size,
                          struct error *err)
{
        uint64_t done = 0;
        ssize_t n = 0;

        while (done < size && (n = read(fd, p->piece, PIECE)) > 0) {
                size_t len = (uint64_t)n > size - done ? (size_t)(size - done) : (size_t)n;

                if (archive_write_data(p->archive, p->piece, len) != (la_ssize_t)len)
                        return failed(p, name, err);
                done += len;
        }
        if (n < 0)
                return error_sys(err, errno, "read %s", name);
        /* A file that became shorter meanwhile is filled with zeros by libarchive. */
        return 0;
}

static int write_file(struct pack_stream *p, int dir_fd, const char *last, const char *name,
                      uint64_t size, struct error *err)
{
        AUTO_CLOSE int fd = openat(dir_fd, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);

        if (fd < 0 && errno == EPERM)
                fd = openat(dir_fd, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open %s", name);
        return write_contents(p, fd, name, size, err);
}

static int write_header(struct pack_stream *p, struct archive_entry *entry, const char *name,
                        struct error *err)
{
        if (p->options.mtime)
                archive_entry_set_mtime(entry, *p->options.mtime, 0);
        return archive_write_header(p->archive, entry) < ARCHIVE_WARN ? failed(p, name, err) : 0;
}

int pack_stream_data(struct pack_stream *p, const char *name, const struct stat *st,
                     const void *data, size_t len, struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        int rc;

        archive_entry_copy_pathname(entry, name);
        archive_entry_set_mode(entry, st->st_mode);
        archive_entry_set_uid(entry, st->st_uid);
        archive_entry_set_gid(entry, st->st_gid);
        archive_entry_set_mtime(entry, st->st_mtim.tv_sec, 0);
        archive_entry_set_size(entry, (la_int64_t)len);
        rc = write_header(p, entry, name, err);
        archive_entry_free(entry);
        if (rc == 0 && len > 0 && archive_write_data(p->archive, data, len) != (la_ssize_t)len)
                rc = failed(p, name, err);
        return rc;
}

int pack_stream_put(struct pack_stream *p, int dir_fd, const char *last, const char *name,
                    const struct stat *st, struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        const char *target = NULL;
        char link[PATH_MAX];
        int rc = 0;

        archive_entry_copy_stat(entry, st);
        archive_entry_copy_pathname(entry, name);
        if (S_ISLNK(st->st_mode)) {
                ssize_t len = readlinkat(dir_fd, last, link, sizeof(link) - 1);

                link[len > 0 ? len : 0] = '\0';
                archive_entry_copy_symlink(entry, link);
        } else if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
                target = link_names_first(&p->links, st, name);
        }
        if (target) {
                archive_entry_copy_hardlink(entry, target);
                archive_entry_unset_size(entry);
        } else {
                AUTO_FREE char *path = xasprintf("/proc/self/fd/%d/%s", dir_fd, last);

                add_xattrs(entry, -1, path);
        }
        if (!S_ISREG(st->st_mode))
                archive_entry_set_size(entry, 0);
        rc = write_header(p, entry, name, err);
        archive_entry_free(entry);
        if (rc == 0 && !target && S_ISREG(st->st_mode) && st->st_size > 0)
                rc = write_file(p, dir_fd, last, name, (uint64_t)st->st_size, err);
        return rc;
}

int pack_stream_put_fd(struct pack_stream *p, int fd, const char *name, const struct stat *st,
                       struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        int rc;

        archive_entry_copy_stat(entry, st);
        archive_entry_copy_pathname(entry, name);
        if (!S_ISREG(st->st_mode))
                archive_entry_set_size(entry, 0);
        add_xattrs(entry, fd, NULL);
        rc = write_header(p, entry, name, err);
        archive_entry_free(entry);
        if (rc < 0 || !S_ISREG(st->st_mode) || st->st_size == 0)
                return rc;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read %s", name);
        return write_contents(p, fd, name, (uint64_t)st->st_size, err);
}

int pack_stream_entry(struct pack_stream *p, struct archive_entry *entry, struct error *err)
{
        p->written = 0;
        return write_header(p, entry, archive_entry_pathname(entry), err);
}

int pack_stream_block(struct pack_stream *p, const void *data, size_t len, int64_t offset,
                      struct error *err)
{
        memset(p->piece, 0, p->written < offset ? PIECE : 0);
        while (p->written < offset) {
                size_t gap = (size_t)(offset - p->written) < PIECE ? (size_t)(offset - p->written)
                                                                   : PIECE;

                if (archive_write_data(p->archive, p->piece, gap) != (la_ssize_t)gap)
                        return failed(p, "a file with holes", err);
                p->written += (int64_t)gap;
        }
        if (len > 0 && archive_write_data(p->archive, data, len) != (la_ssize_t)len)
                return failed(p, "an entry", err);
        p->written += (int64_t)len;
        return 0;
}

struct pack_stream *pack_stream_open(const struct pack_stream_options *options)
{
        struct pack_stream *p = xcalloc(1, sizeof(*p));

        p->options = *options;
        p->archive = archive_write_new();
        p->piece = xmalloc(PIECE);
        /* Names that are no UTF-8 go as they are. */
        (void)setlocale(LC_CTYPE, "C.UTF-8");
        archive_write_set_format_pax_restricted(p->archive);
        (void)archive_write_set_format_option(p->archive, "pax", "xattrheader", "SCHILY");
        archive_write_set_bytes_per_block(p->archive, 0);
        archive_write_open(p->archive, p, NULL, write_out, NULL);
        return p;
}

int pack_stream_close(struct pack_stream *p, struct error *err)
{
        int rc = archive_write_close(p->archive) == ARCHIVE_OK ? 0 : failed(p, "the archive", err);

        pack_stream_abort(p);
        return rc;
}

void pack_stream_abort(struct pack_stream *p)
{
        if (!p)
                return;
        link_names_release(&p->links);
        free(p->piece);
        archive_write_fail(p->archive);
        archive_write_free(p->archive);
        free(p);
}
