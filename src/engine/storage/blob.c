/* Blobs of the store: finding and reading them. Writing: blob_writer.c. */
#include "engine/storage/blob.h"

#include "base/alloc.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *blob_path(const struct digest *digest)
{
        return xasprintf("blobs/sha256/%s", digest_hex(digest));
}

bool blob_exists(const struct store *store, const struct digest *digest)
{
        AUTO_FREE char *path = blob_path(digest);

        for (; store; store = store->additional)
                if (faccessat(store->root_fd, path, F_OK, AT_EACCESS) == 0)
                        return true;
        return false;
}

static int open_anywhere(const struct store *store, const char *path)
{
        int fd = -1;

        for (; store && fd < 0; store = store->additional)
                fd = openat(store->root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        return fd;
}

int blob_open(const struct store *store, const struct digest *digest, int *fd_out,
              uint64_t *size_out, struct error *err)
{
        AUTO_FREE char *path = blob_path(digest);
        AUTO_CLOSE int fd = open_anywhere(store, path);
        struct stat st;

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
                return error_cure(err, "kelp system check --repair removes it; then pull again");
        }
        if (len_out)
                *len_out = len;
        *data_out = take_ptr(data);
        return 0;
}

int blob_remove(const struct store *store, const struct digest *digest, struct error *err)
{
        AUTO_FREE char *path = blob_path(digest);

        if (unlinkat(store->root_fd, path, 0) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove blob %s", digest->text);
        return 0;
}

int store_sync(const struct store *store, struct error *err)
{
        AUTO_CLOSE int fd = openat(store->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0 || syncfs(fd) < 0)
                return error_sys(err, errno, "write the store to disk");
        return 0;
}
