/* Image archives, streamed. See archive_in.h. */
#include "engine/image/archive_in.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "engine/storage/blob.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/inflate.h"
#include "rootless/userns.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <string.h>

#define CHUNK         ((size_t)1 << 20)
#define DOCUMENT_MAX  LIMIT_MANIFEST
#define DOCUMENTS_MAX ((uint64_t)256 << 20)
#define PARTS_MAX     100000
#define LARGE         ((uint64_t)32 << 20) /* worth a thread that writes behind */
#define ARCHIVE_MAX   ((uint64_t)1 << 40)

struct reader {
        struct intake *intake;
        struct archive *archive;
        struct inflater *inflater;
        char *buffer;
        const bool *cancel;
        struct error input_error;
        struct archive_in *in;
};

void archive_in_release(struct archive_in *in)
{
        for (size_t i = 0; i < in->count; i++) {
                free(in->parts[i].name);
                free(in->parts[i].target);
                free(in->parts[i].text);
        }
        free(in->parts);
        *in = (struct archive_in){ 0 };
}

static la_ssize_t next_input(struct archive *archive, void *data, const void **piece_out)
{
        struct reader *r = data;
        ssize_t n;

        if (r->cancel && *r->cancel)
                n = error_set(&r->input_error, ERROR_CANCELLED, "cancelled");
        else
                n = inflater_read(r->inflater, r->buffer, CHUNK, &r->input_error);
        if (n < 0)
                archive_set_error(archive, EIO, "%s", r->input_error.text);
        *piece_out = r->buffer;
        return n;
}

static int read_failed(const struct reader *r, struct error *err)
{
        const char *why = archive_error_string(r->archive);

        if (r->input_error.kind != ERROR_NONE)
                return error_copy(err, &r->input_error);
        return error_set(err, ERROR_INVALID,
                         "payload does not match any of the supported image formats: not a valid "
                         "image archive: %s",
                         why ? why : "unknown reason");
}

/* "./a//b" -> "a/b", and a link's target relative to its directory. */
static char *clean_name(const char *name)
{
        AUTO_FREE char *absolute = path_join("", name);
        AUTO_FREE char *clean = path_clean(absolute);

        return xstrdup(clean[0] == '/' ? clean + 1 : clean);
}

static char *link_target(const char *name, const char *link)
{
        const char *slash = strrchr(name, '/');
        AUTO_FREE char *joined = xasprintf("%.*s/%s", slash ? (int)(slash - name) : 0, name, link);

        return clean_name(joined);
}

/* The contents so far read into memory, for a document or for a look at the beginning. */
static int read_block(struct reader *r, const void **data, size_t *len, struct error *err)
{
        la_int64_t offset;
        int rc;

        do {
                rc = archive_read_data_block(r->archive, data, len, &offset);
        } while (rc == ARCHIVE_OK && *len == 0);
        if (rc == ARCHIVE_OK)
                return 1;
        return rc == ARCHIVE_EOF ? 0 : read_failed(r, err);
}

static int read_document(struct reader *r, struct archive_part *part, const void *data, size_t len,
                         struct error *err)
{
        AUTO(strbuf) text = { .max = DOCUMENT_MAX };
        int rc;

        do {
                if (!strbuf_add(&text, data, len))
                        return error_set(err, ERROR_TOO_LARGE, "%s is larger than %zu bytes",
                                         part->name, DOCUMENT_MAX);
        } while ((rc = read_block(r, &data, &len, err)) > 0);
        if (rc < 0)
                return -1;
        r->in->documents += text.len;
        if (r->in->documents > DOCUMENTS_MAX)
                return error_set(err, ERROR_TOO_LARGE, "the archive has too many documents");
        digest_of(text.data, text.len, &part->digest);
        part->text = strbuf_take(&text);
        return 0;
}

static bool is_document(const char *data, size_t len, uint64_t size)
{
        return size < 512 ||
               (size <= DOCUMENT_MAX && len > 0 && (data[0] == '{' || data[0] == '['));
}

/* The digest that the part's name promises ("blobs/sha256/HEX", "HEX.tar"); for saving work only.
 */
static bool promised(const char *name, struct digest *digest)
{
        const char *slash = strrchr(name, '/');
        const char *base = slash ? slash + 1 : name;
        AUTO_FREE char *text = xasprintf("sha256:%.64s", base);

        return digest_parse(text, digest, NULL) == 0 &&
               (base[64] == '\0' || strcmp(base + 64, ".tar") == 0);
}

/* Skip what is in the store; its content was checked when it came. */
static int skip_known(struct reader *r, struct archive_part *part, const struct digest *digest,
                      struct error *err)
{
        const void *data;
        size_t len;
        int rc;

        while ((rc = read_block(r, &data, &len, err)) > 0)
                ;
        part->digest = *digest;
        return rc;
}

struct streams {
        struct blob_writer *blob;
        struct layer_writer *layer; /* NULL: not needed */
};

static int open_streams(struct reader *r, struct streams *s, const struct digest *diff_id,
                        struct error *err)
{
        struct layer_source source = { .compression = LAYER_DETECT,
                                       .mapping = userns_own_mapping(),
                                       .plain_blob = true };

        if (blob_writer_open(r->intake, &s->blob, err) < 0)
                return -1;
        if (diff_id && intake_has_layer(r->intake, diff_id, source.mapping))
                return 0;
        return layer_writer_open(r->intake, &source, blob_writer_fd(s->blob), &s->layer, err);
}

static int copy_blob(struct reader *r, struct streams *s, const void *data, size_t len,
                     struct error *err)
{
        int rc;

        do {
                if (blob_writer_add(s->blob, data, len, err) < 0)
                        return -1;
                if (s->layer)
                        layer_writer_more(s->layer, blob_writer_hashed(s->blob));
        } while ((rc = read_block(r, &data, &len, err)) > 0);
        return rc;
}

/* A blob that cannot be unpacked may be no layer at all: that is an error only when an image says
 * it is one. */
static int read_blob(struct reader *r, struct archive_part *part, const void *data, size_t len,
                     struct error *err)
{
        struct streams s = { 0 };
        struct digest promise;
        bool has_promise = promised(part->name, &promise);

        part->compression = inflate_detect(data, len);
        if (part->size > LARGE)
                intake_write_behind(r->intake);
        if (has_promise && blob_exists(intake_store(r->intake), &promise))
                return skip_known(r, part, &promise, err);
        if (open_streams(r, &s, has_promise ? &promise : NULL, err) < 0 ||
            copy_blob(r, &s, data, len, err) < 0) {
                layer_writer_abort(s.layer);
                blob_writer_abort(s.blob, true);
                return -1;
        }
        if (blob_writer_finish(s.blob, NULL, &part->digest, err) < 0) {
                layer_writer_abort(s.layer);
                return -1;
        }
        if (s.layer)
                (void)layer_writer_finish(s.layer, &part->digest, NULL, NULL, &part->unpack_error);
        return 0;
}

static int read_part(struct reader *r, struct archive_entry *entry, struct error *err)
{
        struct archive_part *part = &r->in->parts[r->in->count];
        const char *name = archive_entry_pathname(entry);
        const void *data = "";
        size_t len = 0;
        int rc;

        if (!name)
                return 0;
        *part = (struct archive_part){ .name = clean_name(name),
                                       .size = (uint64_t)archive_entry_size(entry) };
        r->in->count++;
        if (archive_entry_hardlink(entry))
                part->target = clean_name(archive_entry_hardlink(entry));
        else if (archive_entry_filetype(entry) == AE_IFLNK)
                part->target = link_target(part->name, archive_entry_symlink(entry));
        if (part->target || archive_entry_filetype(entry) != AE_IFREG)
                return 0;
        rc = read_block(r, &data, &len, err);
        if (rc < 0)
                return -1;
        if (is_document(data, len, part->size))
                return read_document(r, part, rc ? data : "", rc ? len : 0, err);
        return read_blob(r, part, data, len, err);
}

static int read_parts(struct reader *r, struct error *err)
{
        struct archive_entry *entry;
        size_t room = 0;
        int rc;

        while ((rc = archive_read_next_header(r->archive, &entry)) == ARCHIVE_OK ||
               rc == ARCHIVE_WARN) {
                if (r->in->count >= PARTS_MAX)
                        return error_set(err, ERROR_TOO_LARGE, "the archive has over %d entries",
                                         PARTS_MAX);
                if (r->in->count == room) {
                        room = room ? room * 2 : 32;
                        r->in->parts = xreallocarray(r->in->parts, room, sizeof(*r->in->parts));
                }
                if (read_part(r, entry, err) < 0)
                        return -1;
        }
        return rc == ARCHIVE_EOF ? 0 : read_failed(r, err);
}

int archive_in_read(struct intake *intake, int fd, const bool *cancel, struct archive_in *in_out,
                    struct error *err)
{
        struct archive_in in = { 0 };
        struct reader r = { .intake = intake, .cancel = cancel, .in = &in };
        int rc;

        if (inflater_open(fd, LAYER_DETECT, ARCHIVE_MAX, &r.inflater, err) < 0)
                return -1;
        r.buffer = xmalloc(CHUNK);
        r.archive = archive_read_new();
        archive_read_support_format_tar(r.archive);
        if (archive_read_open(r.archive, &r, NULL, next_input, NULL) != ARCHIVE_OK)
                rc = read_failed(&r, err);
        else
                rc = read_parts(&r, err);
        archive_read_free(r.archive);
        inflater_close(r.inflater);
        free(r.buffer);
        if (rc < 0)
                archive_in_release(&in);
        else
                *in_out = in;
        return rc;
}

const struct archive_part *archive_in_find(const struct archive_in *in, const char *name)
{
        AUTO_FREE char *wanted = clean_name(name);

        for (int depth = 0; depth < 8; depth++) {
                const struct archive_part *found = NULL;

                for (size_t i = 0; i < in->count; i++)
                        if (strcmp(in->parts[i].name, wanted) == 0)
                                found = &in->parts[i];
                if (!found || !found->target)
                        return found;
                free(wanted);
                wanted = xstrdup(found->target);
        }
        return NULL;
}

const struct archive_part *archive_in_by_digest(const struct archive_in *in,
                                                const struct digest *digest)
{
        for (size_t i = 0; i < in->count; i++)
                if (!in->parts[i].target && digest_equal(&in->parts[i].digest, digest))
                        return &in->parts[i];
        return NULL;
}
