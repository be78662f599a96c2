/* A layer's bytes to blob and unpacker. See layer_load.h. */
#include "engine/image/layer_load.h"

#include "base/cleanup.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/layer.h"
#include "rootless/userns.h"

#include <sys/statvfs.h>

#define LEAST_MAX ((uint64_t)16 << 20) /* bytes: small layers are not worth a bound */

/* What the manifest says of a blob's size bounds what can honestly come out of it: deflate makes at
 * most 1032 bytes of one (RFC 1951's longest match), a plain layer is what it is. Others are
 * bounded by the space that there is. */
static uint64_t unpacked_max(const struct intake *intake, const struct manifest_layer *layer)
{
        struct statvfs fs;
        uint64_t space = UINT64_MAX;

        if (fstatvfs(intake_store(intake)->root_fd, &fs) == 0)
                space = (uint64_t)fs.f_bavail * fs.f_frsize + LEAST_MAX;
        if (layer->compression == LAYER_GZIP && layer->size < UINT64_MAX / 2048 &&
            layer->size * 1032 + LEAST_MAX < space)
                return layer->size * 1032 + LEAST_MAX;
        return space;
}

int layer_load_open(struct intake *intake, const struct manifest_layer *layer,
                    const struct digest *diff_id, bool unpack, struct layer_load *load,
                    struct error *err)
{
        struct layer_source source = { .compression = layer->compression,
                                       .diff_id = diff_id,
                                       .mapping = userns_own_mapping(),
                                       .unpacked_max = unpacked_max(intake, layer),
                                       .plain_blob = true };

        if (blob_writer_resume(intake, &layer->digest, layer->size, &load->blob, &load->resumed,
                               err) < 0)
                return -1;
        if (!unpack)
                return 0;
        if (layer_writer_open(intake, &source, blob_writer_fd(load->blob), &load->writer, err) < 0)
                return -1;
        load->told = load->resumed;
        layer_writer_more(load->writer, load->told);
        return 0;
}

void layer_load_release(struct layer_load *load)
{
        layer_writer_abort(load->writer);
        blob_writer_abort(load->blob, load->stale);
        *load = (struct layer_load){ .stale = load->stale };
}

/* The unpacker's reason is worth more than the rest of the download. */
static int unpacker_failed(struct layer_load *load, struct error *err)
{
        if (layer_writer_finish(take_ptr(load->writer), NULL, NULL, NULL, err) == 0)
                error_set(err, ERROR_GENERAL, "the unpacker stopped early");
        load->stale = load->resumed > 0;
        return -1;
}

int layer_load_take(struct layer_load *load, uint64_t offset, const void *data, size_t len,
                    struct error *err)
{
        if (blob_writer_put(load->blob, offset, data, len, err) == 0)
                return 0;
        load->stale = true; /* a full disk wants its space back */
        return -1;
}

int layer_load_settle(struct layer_load *load, uint64_t upto, struct error *err)
{
        int rc = blob_writer_settle(load->blob, upto, err);
        uint64_t hashed = blob_writer_hashed(load->blob);

        if (load->writer && layer_writer_gave_up(load->writer))
                return unpacker_failed(load, err);
        if (load->writer && hashed > load->told)
                layer_writer_more(load->writer, hashed);
        load->told = hashed;
        return rc;
}

int layer_load_finish(struct layer_load *load, const struct digest *digest, struct error *err)
{
        /* The blob first: what is not what the registry promised says nothing about the layer. */
        if (blob_writer_finish(take_ptr(load->blob), digest, NULL, err) < 0) {
                load->stale = load->resumed > 0;
                return error_context(err, "layer %.19s", digest->text);
        }
        if (load->writer &&
            layer_writer_finish(take_ptr(load->writer), digest, NULL, NULL, err) < 0)
                return error_context(err, "layer %.19s", digest->text);
        return 0;
}
