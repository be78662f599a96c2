/* Tar archives through libarchive. Times and owners are fixed, so that the same image gives the
 * same archive. See archive_out.h. */
#include "engine/image/archive_out.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/storage/inflate.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)

struct archive_out {
        struct archive *archive;
        int fd;
        int sys; /* of a failed write */
};

static la_ssize_t write_out(struct archive *archive, void *data, const void *buffer, size_t len)
{
        struct archive_out *out = data;

        if (fd_write_all(out->fd, buffer, len) == 0)
                return (la_ssize_t)len;
        out->sys = errno;
        archive_set_error(archive, errno, "write");
        return -1;
}

struct archive_out *archive_out_open(int fd)
{
        struct archive_out *out = xcalloc(1, sizeof(*out));

        out->fd = fd;
        out->archive = archive_write_new();
        archive_write_set_format_pax_restricted(out->archive);
        archive_write_set_bytes_per_block(out->archive, 0); /* no copy in between */
        archive_write_open(out->archive, out, NULL, write_out, NULL);
        return out;
}

static int failed(const struct archive_out *out, struct error *err)
{
        const char *why = archive_error_string(out->archive);

        if (out->sys)
                return error_sys(err, out->sys, "write the archive");
        return error_set(err, ERROR_GENERAL, "write the archive: %s", why ? why : "unknown reason");
}

static int header(struct archive_out *out, const char *name, mode_t mode, uint64_t size,
                  struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        int rc;

        archive_entry_set_pathname(entry, name);
        archive_entry_set_mode(entry, mode);
        archive_entry_set_size(entry, (la_int64_t)size);
        archive_entry_set_mtime(entry, 0, 0);
        rc = archive_write_header(out->archive, entry);
        archive_entry_free(entry);
        return rc < ARCHIVE_WARN ? failed(out, err) : 0;
}

static int data(struct archive_out *out, const void *bytes, size_t len, struct error *err)
{
        return archive_write_data(out->archive, bytes, len) == (la_ssize_t)len ? 0
                                                                               : failed(out, err);
}

int archive_out_dir(struct archive_out *out, const char *name, struct error *err)
{
        return header(out, name, S_IFDIR | 0755, 0, err);
}

int archive_out_text(struct archive_out *out, const char *name, const char *text, size_t len,
                     struct error *err)
{
        if (header(out, name, S_IFREG | 0644, len, err) < 0)
                return -1;
        return data(out, text, len, err);
}

static int wrong_size(const char *name, struct error *err)
{
        return error_set(err, ERROR_INVALID, "%s has not the size that it should have", name);
}

int archive_out_file(struct archive_out *out, const char *name, int fd, uint64_t size,
                     struct error *err)
{
        AUTO_FREE char *piece = xmalloc(PIECE);
        uint64_t done = 0;
        ssize_t n;

        if (header(out, name, S_IFREG | 0644, size, err) < 0)
                return -1;
        while ((n = pread(fd, piece, PIECE, (off_t)done)) > 0) {
                if (data(out, piece, (size_t)n, err) < 0)
                        return -1;
                done += (uint64_t)n;
        }
        if (n < 0)
                return error_sys(err, errno, "read %s", name);
        return done == size ? 0 : wrong_size(name, err);
}

static int copy_inflated(struct archive_out *out, struct inflater *in, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(PIECE);
        ssize_t n;

        while ((n = inflater_read(in, piece, PIECE, err)) > 0)
                if (data(out, piece, (size_t)n, err) < 0)
                        return -1;
        return (int)n;
}

int archive_out_inflated(struct archive_out *out, const char *name, int fd, uint64_t size,
                         struct error *err)
{
        struct inflater *in;
        int rc;

        if (header(out, name, S_IFREG | 0644, size, err) < 0 ||
            inflater_open(fd, LAYER_DETECT, size, &in, err) < 0)
                return -1;
        rc = copy_inflated(out, in, err);
        if (rc == 0 && inflater_total(in) != size)
                rc = wrong_size(name, err);
        inflater_close(in);
        return rc;
}

int archive_out_finish(struct archive_out *out, struct error *err)
{
        return archive_write_close(out->archive) == ARCHIVE_OK ? 0 : failed(out, err);
}

void archive_out_close(struct archive_out *out)
{
        if (!out)
                return;
        /* Closing would write the end marker behind half an archive. */
        archive_write_fail(out->archive);
        archive_write_free(out->archive);
        free(out);
}
