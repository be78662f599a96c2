/* Sources on disk: an OCI layout (image-spec, image-layout.md) and containers/image's "dir:", which
 * has manifest.json and blobs named by their bare hex digest. */
#include "engine/image/source.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/image/layout.h"
#include "engine/image/manifest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)

struct file_source {
        struct source source;
        int dir_fd;
        char *path;
        const char *blob_prefix; /* what stands before the hex digits */
        json_t *index;           /* of a layout; NULL: dir */
};

static int read_blob(const struct file_source *files, const char *digest_text, size_t max,
                     char **data_out, size_t *len_out, struct error *err)
{
        struct digest digest, actual;
        AUTO_FREE char *name = NULL;
        AUTO_FREE char *data = NULL;

        if (digest_parse(digest_text, &digest, err) < 0)
                return -1;
        name = xasprintf("%s%s", files->blob_prefix, digest_hex(&digest));
        if (fd_read_file(files->dir_fd, name, max, &data, len_out, err) < 0)
                return error_context(err, "%s", files->path);
        digest_of(data, *len_out, &actual);
        if (!digest_equal(&digest, &actual))
                return error_set(err, ERROR_INVALID, "%s: %s is damaged", files->path, name);
        *data_out = take_ptr(data);
        return 0;
}

static int file_blob(struct source *source, const struct digest *digest, size_t max,
                     char **data_out, size_t *len_out, struct error *err)
{
        return read_blob((struct file_source *)source, digest->text, max, data_out, len_out, err);
}

/* dir: has the one manifest under a fixed name, and the others of an index as HEX.manifest.json. */
static int dir_manifest(const struct file_source *files, const char *reference, char **data_out,
                        size_t *len_out, struct error *err)
{
        AUTO_FREE char *name = NULL;

        if (reference && strncmp(reference, "sha256:", 7) == 0)
                name = xasprintf("%s.manifest.json", reference + 7);
        else
                name = xstrdup("manifest.json");
        if (fd_read_file(files->dir_fd, name, LIMIT_MANIFEST, data_out, len_out, err) < 0)
                return error_context(err, "%s", files->path);
        return 0;
}

static int file_manifest(struct source *source, const char *reference, char **data_out,
                         size_t *len_out, char **media_type_out, struct error *err)
{
        const struct file_source *files = (struct file_source *)source;
        const json_t *entry;

        if (media_type_out)
                *media_type_out = xstrdup("");
        if (!files->index)
                return dir_manifest(files, reference, data_out, len_out, err);
        if (reference && strncmp(reference, "sha256:", 7) == 0)
                return read_blob(files, reference, LIMIT_MANIFEST, data_out, len_out, err);
        entry = layout_find(files->index, reference, files->path, err);
        if (!entry)
                return -1;
        return read_blob(files, json_get_string(entry, "digest", ""), LIMIT_MANIFEST, data_out,
                         len_out, err);
}

/* One blob through the sink. */
static int feed_blob(int fd, struct client_transfer *transfer, const struct client_sink *sink,
                     struct error *err)
{
        AUTO_FREE char *chunk = xmalloc(CHUNK);
        ssize_t n;

        while ((n = pread(fd, chunk, CHUNK, (off_t)transfer->received)) > 0) {
                if (sink->take(transfer, transfer->received, chunk, (size_t)n, err) < 0)
                        return -1;
                transfer->received += (uint64_t)n;
                transfer->arrived = transfer->received;
                if (sink->settle(transfer, transfer->received, err) < 0)
                        return -1;
                if (sink->tick)
                        sink->tick(sink->data);
        }
        return n < 0 ? error_sys(err, errno, "read a blob") : sink->done(transfer, err);
}

static int file_fetch(struct source *source, struct client_transfer *transfers, size_t count,
                      const struct client_sink *sink, struct error *err)
{
        const struct file_source *files = (struct file_source *)source;

        for (size_t i = 0; i < count; i++) {
                AUTO_FREE char *name =
                        xasprintf("%s%s", files->blob_prefix, digest_hex(&transfers[i].digest));
                AUTO_CLOSE int fd = openat(files->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
                struct stat st;

                if (fd < 0 || fstat(fd, &st) < 0)
                        return error_sys(err, errno, "%s: open %s", files->path, name);
                if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != transfers[i].size)
                        return error_set(err, ERROR_INVALID,
                                         "%s: %s has not the size that the manifest says",
                                         files->path, name);
                if (sink->start(&transfers[i], err) < 0 ||
                    feed_blob(fd, &transfers[i], sink, err) < 0)
                        return -1;
        }
        return 0;
}

static void file_close(struct source *source)
{
        struct file_source *files = (struct file_source *)source;

        if (files->dir_fd >= 0)
                close(files->dir_fd);
        free(files->path);
        json_decref(files->index);
        free(files);
}

static const struct source_ops file_ops = {
        .manifest = file_manifest, .blob = file_blob, .fetch = file_fetch, .close = file_close
};

static struct file_source *file_source_open(const char *path, const char *blob_prefix,
                                            struct error *err)
{
        struct file_source *files = xcalloc(1, sizeof(*files));

        files->source.ops = &file_ops;
        files->path = xstrdup(path);
        files->blob_prefix = blob_prefix;
        files->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (files->dir_fd >= 0)
                return files;
        error_sys(err, errno, "open %s", path);
        file_close(&files->source);
        return NULL;
}

int source_layout_open(const char *path, struct source **source_out, struct error *err)
{
        struct file_source *files = file_source_open(path, "blobs/sha256/", err);

        if (!files)
                return -1;
        if (json_read_file(files->dir_fd, "index.json", LIMIT_MANIFEST, &files->index, err) < 0) {
                error_context(err, "%s is not an OCI layout", path);
                file_close(&files->source);
                return -1;
        }
        *source_out = &files->source;
        return 0;
}

int source_dir_open(const char *path, struct source **source_out, struct error *err)
{
        struct file_source *files = file_source_open(path, "", err);

        if (!files)
                return -1;
        *source_out = &files->source;
        return 0;
}
