/* Blobs: written in staging, hashed on the way, published by one rename. See blob.h. */
#include "engine/storage/blob.h"

#include "base/alloc.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct blob_writer {
        struct staging staging;
        struct digest_context hash;
        int fd;
};

static void blob_path(const struct digest *digest, char path[96])
{
        snprintf(path, 96, "blobs/sha256/%s", digest_hex(digest));
}

bool blob_exists(const struct store *store, const struct digest *digest)
{
        char path[96];

        blob_path(digest, path);
        return faccessat(store->root_fd, path, F_OK, AT_EACCESS) == 0;
}

int blob_open(const struct store *store, const struct digest *digest, int *fd_out,
              uint64_t *size_out, struct error *err)
{
        char path[96];
        struct stat st;
        AUTO_CLOSE int fd = -1;

        blob_path(digest, path);
        fd = openat(store->root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "open blob %s", digest->text);
        if (size_out)
                *size_out = (uint64_t)st.st_size;
        *fd_out = take_fd(&fd);
        return 0;
}

int blob_read(const struct store *store, const struct digest *digest, size_t max, char **data_out,
              size_t *len_out, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        AUTO_FREE char *data = NULL;
        struct digest actual;
        size_t len;

        if (blob_open(store, digest, &fd, NULL, err) < 0)
                return -1;
        if (fd_read_rest(fd, max, &data, &len, err) < 0)
                return error_context(err, "blob %s", digest->text);
        digest_of(data, len, &actual);
        if (!digest_equal(&actual, digest)) {
                error_set(err, ERROR_INVALID, "blob %s in the store is damaged", digest->text);
                return error_cure(err, "pull the image again: kelp rmi IMAGE; kelp pull IMAGE");
        }
        if (len_out)
                *len_out = len;
        *data_out = take_ptr(data);
        return 0;
}

int blob_writer_open(const struct store *store, struct blob_writer **writer_out, struct error *err)
{
        struct blob_writer *writer = xcalloc(1, sizeof(*writer));

        writer->staging = STAGING_EMPTY;
        writer->fd = -1;
        digest_init(&writer->hash);
        if (staging_create(store, "blob", &writer->staging, err) < 0) {
                blob_writer_abort(writer);
                return -1;
        }
        writer->fd = openat(writer->staging.dir_fd, "data", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                            0600);
        if (writer->fd < 0) {
                error_sys(err, errno, "create a blob");
                blob_writer_abort(writer);
                return -1;
        }
        *writer_out = writer;
        return 0;
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
        struct digest actual;
        char path[96];
        int rc;

        digest_final(&writer->hash, &actual);
        if (expected && !digest_equal(&actual, expected)) {
                rc = error_set(err, ERROR_INVALID, "digest mismatch: expected %s, received %s",
                               expected->text, actual.text);
        } else {
                blob_path(&actual, path);
                rc = staging_publish(&writer->staging, "data", path, err) < 0 ? -1 : 0;
        }
        if (rc == 0 && digest_out)
                *digest_out = actual;
        blob_writer_abort(writer);
        return rc;
}

void blob_writer_abort(struct blob_writer *writer)
{
        if (!writer)
                return;
        if (writer->fd >= 0)
                close(writer->fd);
        staging_release(&writer->staging);
        free(writer);
}

int blob_add(const struct store *store, const void *data, size_t len, struct digest *digest_out,
             struct error *err)
{
        struct blob_writer *writer;

        if (blob_writer_open(store, &writer, err) < 0)
                return -1;
        if (blob_writer_add(writer, data, len, err) < 0) {
                blob_writer_abort(writer);
                return -1;
        }
        return blob_writer_finish(writer, NULL, digest_out, err);
}

int blob_remove(const struct store *store, const struct digest *digest, struct error *err)
{
        char path[96];

        blob_path(digest, path);
        if (unlinkat(store->root_fd, path, 0) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove blob %s", digest->text);
        return 0;
}

int store_sync(const struct store *store, struct error *err)
{
        return syncfs(store->root_fd) < 0 ? error_sys(err, errno, "write the store to disk") : 0;
}
