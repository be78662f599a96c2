/* Blobs on their way in. See blob_writer.h.
 *
 *     partial/HEX    what came so far of the blob with that digest, locked by who fetches it
 *
 * A partial file belongs to whoever holds its lock. It is renamed to blobs/ by the holder only, so
 * after taking the lock one looks whether the name still means the same file. What a crash left in
 * it is believed only when the whole has the right digest; if not, the next try starts anew. A blob
 * that came in pieces may have gaps then: holes in the file (lseek(2), SEEK_HOLE), and what is
 * behind the first one is given up.
 */
#include "engine/storage/blob_writer.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "engine/storage/blob.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct blob_writer {
        struct intake *intake;
        char *path; /* relative to the store's root */
        struct digest_context hash;
        int fd;
        bool partial;    /* fd holds the lock on partial/HEX */
        bool pieces;     /* something was put behind a gap */
        uint64_t hashed; /* bytes from the beginning */
};

#define SETTLE_MAX ((uint64_t)8 << 20) /* bytes a call: 5 ms */

static int root_fd(const struct blob_writer *writer)
{
        return intake_store(writer->intake)->root_fd;
}

static struct blob_writer *writer_new(struct intake *intake)
{
        struct blob_writer *writer = xcalloc(1, sizeof(*writer));

        writer->intake = intake;
        writer->fd = -1;
        digest_init(&writer->hash);
        return writer;
}

int blob_writer_open(struct intake *intake, struct blob_writer **writer_out, struct error *err)
{
        struct blob_writer *writer = writer_new(intake);

        writer->path = intake_new_path(intake, "blob");
        writer->fd =
                openat(root_fd(writer), writer->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (writer->fd < 0) {
                error_sys(err, errno, "create a blob");
                blob_writer_abort(writer, true);
                return -1;
        }
        *writer_out = writer;
        return 0;
}

/* Lock partial/HEX. False: somebody else has it. */
static bool lock_partial(struct blob_writer *writer)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        struct stat ours, named;

        for (int tries = 0; tries < 10; tries++) {
                int fd = openat(root_fd(writer), writer->path,
                                O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

                if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) < 0 || fstat(fd, &ours) < 0) {
                        if (fd >= 0)
                                close(fd);
                        return false;
                }
                if (fstatat(root_fd(writer), writer->path, &named, 0) == 0 &&
                    named.st_ino == ours.st_ino) {
                        writer->fd = fd;
                        return true;
                }
                close(fd); /* it was published or swept meanwhile */
        }
        return false;
}

/* Bytes before the first gap. A hole begins at a block's border, so the last block before it may
 * end in zeros that nobody sent. */
static uint64_t without_gap(int fd)
{
        struct stat st;
        off_t hole;

        if (fstat(fd, &st) < 0)
                return 0;
        hole = lseek(fd, 0, SEEK_HOLE);
        if (hole < 0 || hole >= st.st_size)
                return (uint64_t)st.st_size;
        return hole > st.st_blksize ? (uint64_t)(hole - st.st_blksize) : 0;
}

int blob_writer_settle(struct blob_writer *writer, uint64_t upto, struct error *err)
{
        uint64_t end = upto - writer->hashed > SETTLE_MAX ? writer->hashed + SETTLE_MAX : upto;
        AUTO_FREE char *piece = NULL;

        if (upto <= writer->hashed)
                return 0;
        piece = xmalloc(1 << 20);
        while (writer->hashed < end) {
                size_t want = end - writer->hashed < 1 << 20 ? (size_t)(end - writer->hashed)
                                                             : (size_t)1 << 20;
                ssize_t n = pread(writer->fd, piece, want, (off_t)writer->hashed);

                if (n <= 0)
                        return error_sys(err, n < 0 ? errno : EIO, "read a partial download");
                digest_update(&writer->hash, piece, (size_t)n);
                writer->hashed += (uint64_t)n;
        }
        return end < upto;
}

/* What an earlier try left. At least one byte is asked for, so that there is one way through. */
static int take_over(struct blob_writer *writer, uint64_t size, struct error *err)
{
        uint64_t have = without_gap(writer->fd);
        int rc;

        if (have > 0 && have >= size)
                have = size > 0 ? size - 1 : 0;
        if (ftruncate(writer->fd, (off_t)have) < 0)
                return error_sys(err, errno, "shorten a partial download");
        do {
                rc = blob_writer_settle(writer, have, err);
        } while (rc > 0);
        return rc;
}

int blob_writer_resume(struct intake *intake, const struct digest *digest, uint64_t size,
                       struct blob_writer **writer_out, uint64_t *have_out, struct error *err)
{
        struct blob_writer *writer = writer_new(intake);

        writer->path = xasprintf("partial/%s", digest_hex(digest));
        writer->partial = lock_partial(writer);
        if (!writer->partial) {
                blob_writer_abort(writer, false);
                *have_out = 0;
                return blob_writer_open(intake, writer_out, err);
        }
        if (take_over(writer, size, err) < 0) {
                blob_writer_abort(writer, true);
                return -1;
        }
        *have_out = writer->hashed;
        *writer_out = writer;
        return 0;
}

int blob_writer_fd(const struct blob_writer *writer)
{
        return writer->fd;
}

uint64_t blob_writer_hashed(const struct blob_writer *writer)
{
        return writer->hashed;
}

int blob_writer_put(struct blob_writer *writer, uint64_t offset, const void *data, size_t len,
                    struct error *err)
{
        if (fd_pwrite_all(writer->fd, data, len, (off_t)offset) < 0)
                return error_sys(err, errno, "write a blob to the store");
        if (offset == writer->hashed) {
                digest_update(&writer->hash, data, len);
                writer->hashed += len;
        } else {
                writer->pieces = true;
        }
        return 0;
}

int blob_writer_add(struct blob_writer *writer, const void *data, size_t len, struct error *err)
{
        return blob_writer_put(writer, writer->hashed, data, len, err);
}

int blob_writer_finish(struct blob_writer *writer, const struct digest *expected,
                       struct digest *digest_out, struct error *err)
{
        AUTO_FREE char *target = NULL;
        struct digest actual;

        digest_final(&writer->hash, &actual);
        if (expected && !digest_equal(&actual, expected)) {
                blob_writer_abort(writer, true);
                return error_set(err, ERROR_INVALID, "digest mismatch: expected %s, received %s",
                                 expected->text, actual.text);
        }
        target = blob_path(&actual);
        intake_add(writer->intake, writer->path, target,
                   writer->partial ? take_fd(&writer->fd) : -1);
        if (digest_out)
                *digest_out = actual;
        blob_writer_abort(writer, false);
        return 0;
}

void blob_writer_abort(struct blob_writer *writer, bool drop)
{
        if (!writer)
                return;
        if (drop && writer->partial && writer->fd >= 0)
                (void)unlinkat(root_fd(writer), writer->path, 0);
        else if (writer->pieces && writer->fd >= 0)
                (void)!ftruncate(writer->fd, (off_t)writer->hashed);
        if (writer->fd >= 0)
                close(writer->fd);
        free(writer->path);
        free(writer);
}

int blob_add(struct intake *intake, const void *data, size_t len, struct digest *digest_out,
             struct error *err)
{
        struct blob_writer *writer;

        if (blob_writer_open(intake, &writer, err) < 0)
                return -1;
        if (blob_writer_add(writer, data, len, err) < 0) {
                blob_writer_abort(writer, true);
                return -1;
        }
        return blob_writer_finish(writer, NULL, digest_out, err);
}
