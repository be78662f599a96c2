/* Targets on disk: an OCI layout as a directory or as an archive, and "dir:". See target.h. */
#include "engine/image/target.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/image/archive_out.h"
#include "engine/image/layout.h"
#include "engine/image/manifest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define DIR_VERSION "Directory Transport Version: 1.1\n"

struct file_target {
        struct target target;
        int dir_fd;
        const char *blob_prefix;
        struct archive_out *archive; /* instead of a directory */
        struct strv blobs;           /* digests that are in the archive */
        json_t *index;               /* of a layout; NULL: dir */
};

static char *blob_name(const struct file_target *files, const struct digest *digest)
{
        return xasprintf("%s%s", files->blob_prefix, digest_hex(digest));
}

static int file_has_blob(struct target *target, const struct digest *digest, bool *has_out,
                         struct error *err)
{
        const struct file_target *files = (struct file_target *)target;
        AUTO_FREE char *name = blob_name(files, digest);

        (void)err;
        *has_out = files->archive ? strv_contains(&files->blobs, digest->text)
                                  : faccessat(files->dir_fd, name, F_OK, 0) == 0;
        return 0;
}

/* By reflink or inside the kernel where the file systems allow it. */
static int copy_file(int from, int to, uint64_t size, struct error *err)
{
        off_t in = 0;
        ssize_t n = 1;

        while ((uint64_t)in < size && n > 0)
                n = copy_file_range(from, &in, to, NULL, size - (uint64_t)in, 0);
        if (n < 0 && in == 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS)) {
                AUTO_FREE char *piece = xmalloc(1 << 20);

                while ((n = pread(from, piece, 1 << 20, in)) > 0) {
                        if (fd_write_all(to, piece, (size_t)n) < 0)
                                return error_sys(err, errno, "write a blob");
                        in += n;
                }
        }
        if (n < 0)
                return error_sys(err, errno, "copy a blob");
        return (uint64_t)in == size ? 0 : error_set(err, ERROR_INVALID, "a blob is too short");
}

static int file_put_blob(struct target *target, const struct target_blob *blob, struct error *err)
{
        struct file_target *files = (struct file_target *)target;
        AUTO_FREE char *name = blob_name(files, &blob->digest);
        AUTO_FREE char *temporary = xasprintf("%s.%d~", name, (int)getpid());
        AUTO_CLOSE int fd = -1;

        if (files->archive) {
                strv_add(&files->blobs, blob->digest.text);
                return archive_out_file(files->archive, name, blob->fd, blob->size, err);
        }
        fd = openat(files->dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return error_sys(err, errno, "create %s", name);
        if (copy_file(blob->fd, fd, blob->size, err) < 0) {
                (void)unlinkat(files->dir_fd, temporary, 0);
                return -1;
        }
        if (renameat(files->dir_fd, temporary, files->dir_fd, name) < 0)
                return error_sys(err, errno, "create %s", name);
        return 0;
}

static int put_text(const struct file_target *files, const char *name, const char *text, size_t len,
                    struct error *err)
{
        if (files->archive)
                return archive_out_text(files->archive, name, text, len, err);
        return fd_write_file(files->dir_fd, name, text, len, 0644, err);
}

/* A name moves to its new image; one that has none is listed once. */
static void index_add(json_t *index, const struct digest *digest, const char *media_type,
                      size_t size, const char *name)
{
        json_t *manifests = json_object_get(index, "manifests");
        json_t *entry = json_pack("{s:s, s:s, s:I}", "mediaType", media_type, "digest",
                                  digest->text, "size", (json_int_t)size);

        for (size_t i = json_array_size(manifests); i-- > 0;) {
                const json_t *old = json_array_get(manifests, i);
                const char *old_name = layout_name(old);
                bool same = strcmp(json_get_string(old, "digest", ""), digest->text) == 0;

                if (name ? old_name && strcmp(old_name, name) == 0 : same && !old_name)
                        json_array_remove(manifests, i);
        }
        if (name)
                json_object_set_new(entry, "annotations",
                                    json_pack("{s:s}", ANNOTATION_REF_NAME, name));
        json_array_append_new(manifests, entry);
}

static int file_put_manifest(struct target *target, const char *reference, const char *media_type,
                             const char *text, size_t len, struct error *err)
{
        struct file_target *files = (struct file_target *)target;
        bool inner = reference && strncmp(reference, "sha256:", 7) == 0;
        AUTO_FREE char *name = NULL;
        struct digest digest;

        digest_of(text, len, &digest);
        if (!files->index) {
                name = inner ? xasprintf("%s.manifest.json", digest_hex(&digest))
                             : xstrdup("manifest.json");
                return put_text(files, name, text, len, err);
        }
        name = blob_name(files, &digest);
        if (!strv_contains(&files->blobs, digest.text) && put_text(files, name, text, len, err) < 0)
                return -1;
        strv_add(&files->blobs, digest.text);
        if (!inner)
                index_add(files->index, &digest, media_type, len, reference);
        return 0;
}

static int file_finish(struct target *target, struct error *err)
{
        const struct file_target *files = (struct file_target *)target;
        AUTO_FREE char *index = NULL;

        if (!files->index)
                return put_text(files, "version", DIR_VERSION, strlen(DIR_VERSION), err);
        index = json_dumps(files->index, JSON_COMPACT);
        if (put_text(files, "oci-layout", LAYOUT_TEXT, strlen(LAYOUT_TEXT), err) < 0 ||
            put_text(files, "index.json", index, strlen(index), err) < 0)
                return -1;
        return files->archive ? archive_out_finish(files->archive, err) : 0;
}

static void file_close(struct target *target)
{
        struct file_target *files = (struct file_target *)target;

        if (files->dir_fd >= 0)
                close(files->dir_fd);
        archive_out_close(files->archive);
        strv_release(&files->blobs);
        json_decref(files->index);
        free(files);
}

static const struct target_ops layout_ops = { .has_blob = file_has_blob,
                                              .put_blob = file_put_blob,
                                              .put_manifest = file_put_manifest,
                                              .finish = file_finish,
                                              .close = file_close,
                                              .compressed = true };

static const struct target_ops dir_ops = { .has_blob = file_has_blob,
                                           .put_blob = file_put_blob,
                                           .put_manifest = file_put_manifest,
                                           .finish = file_finish,
                                           .close = file_close };

static struct file_target *file_target_new(const struct target_ops *ops, const char *blob_prefix)
{
        struct file_target *files = xcalloc(1, sizeof(*files));

        files->target.ops = ops;
        files->blob_prefix = blob_prefix;
        files->dir_fd = -1;
        return files;
}

static int open_directory(struct file_target *files, const char *path, struct error *err)
{
        if (path_make_dirs(path, 0755, err) < 0)
                return -1;
        files->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return files->dir_fd < 0 ? error_sys(err, errno, "open %s", path) : 0;
}

static json_t *empty_index(void)
{
        return json_pack("{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType", MEDIA_OCI_INDEX,
                         "manifests");
}

/* What is in the layout already stays. */
static int read_index(struct file_target *files, struct error *err)
{
        struct error why = { 0 };

        if (json_read_file(files->dir_fd, "index.json", LIMIT_MANIFEST, &files->index, &why) < 0) {
                if (why.sys != ENOENT)
                        return error_copy(err, &why);
                files->index = empty_index();
        }
        if (!json_is_array(json_object_get(files->index, "manifests")))
                return error_set(err, ERROR_INVALID, "its index.json is damaged");
        if ((mkdirat(files->dir_fd, "blobs", 0755) < 0 && errno != EEXIST) ||
            (mkdirat(files->dir_fd, "blobs/sha256", 0755) < 0 && errno != EEXIST))
                return error_sys(err, errno, "create blobs/sha256");
        return 0;
}

int target_layout_open(const char *path, struct target **target_out, struct error *err)
{
        struct file_target *files = file_target_new(&layout_ops, "blobs/sha256/");

        if (open_directory(files, path, err) < 0 || read_index(files, err) < 0) {
                file_close(&files->target);
                return error_context(err, "%s", path);
        }
        *target_out = &files->target;
        return 0;
}

int target_dir_open(const char *path, struct target **target_out, struct error *err)
{
        struct file_target *files = file_target_new(&dir_ops, "");

        if (open_directory(files, path, err) < 0) {
                file_close(&files->target);
                return -1;
        }
        *target_out = &files->target;
        return 0;
}

int target_archive_open(int fd, struct target **target_out, struct error *err)
{
        struct file_target *files = file_target_new(&layout_ops, "blobs/sha256/");

        files->archive = archive_out_open(fd);
        files->index = empty_index();
        if (archive_out_dir(files->archive, "blobs/", err) < 0 ||
            archive_out_dir(files->archive, "blobs/sha256/", err) < 0) {
                file_close(&files->target);
                return -1;
        }
        *target_out = &files->target;
        return 0;
}
