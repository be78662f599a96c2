/* Blobs on their way in. See blob_writer.h.
 *
 *     partial/HEX    what came so far of the blob with that digest, locked by who fetches it
 *
 * A partial file belongs to whoever holds its lock. It is renamed to blobs/ by the holder only, so
 * after taking the lock one looks whether the name still means the same file. What a crash left in
 * it is believed only when the whole has the right digest; if not, the next try starts anew.
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
        bool partial;  /* fd holds the lock on partial/HEX */
        uint64_t have; /* bytes of an earlier try */
};

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
                        writer->have = (uint64_t)ours.st_size;
                        return true;
                }
                close(fd); /* it was published or swept meanwhile */
        }
        return false;
}

static int hash_earlier(struct blob_writer *writer, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(1 << 20);
        uint64_t done = 0;
        ssize_t n;

        while (done < writer->have && (n = read(writer->fd, piece, 1 << 20)) > 0) {
                digest_update(&writer->hash, piece, (size_t)n);
                done += (uint64_t)n;
        }
        return done == writer->have ? 0 : error_sys(err, EIO, "read a partial download");
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
        /* At least one byte is asked for, so that there is one way through. */
        if (writer->have > 0 && writer->have >= size) {
                writer->have = size > 0 ? size - 1 : 0;
                if (ftruncate(writer->fd, (off_t)writer->have) < 0) {
                        blob_writer_abort(writer, true);
                        return error_sys(err, errno, "shorten a partial download");
                }
        }
        if (hash_earlier(writer, err) < 0) {
                blob_writer_abort(writer, true);
                return -1;
        }
        *have_out = writer->have;
        *writer_out = writer;
        return 0;
}

int blob_writer_fd(const struct blob_writer *writer)
{
        return writer->fd;
}

int blob_writer_add(struct blob_writer *writer, const void *data, size_t len, struct error *err)
{
        digest_update(&writer->hash, data, len);
        if (fd_write_all(writer->fd, data, len) < 0)
                return error_sys(err, errno, "write a blob to the store");
        return 0;
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
