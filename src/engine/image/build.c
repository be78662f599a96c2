/* Images made here. See build.h. */
#include "engine/image/build.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/image/fresh.h"
#include "engine/image/interrupt.h"
#include "engine/image/manifest.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/inflate.h"
#include "rootless/userns.h"

#include <string.h>
#include <time.h>

#define CHUNK ((size_t)1 << 20)

void build_timestamp(time_t time, char text_out[32])
{
        struct tm utc;

        gmtime_r(&time, &utc);
        strftime(text_out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static int copy(struct inflater *in, struct blob_writer *blob, struct layer_writer *layer,
                struct built_layer *out, struct error *err)
{
        AUTO_FREE char *buffer = xmalloc(CHUNK);
        ssize_t n;

        while ((n = inflater_read(in, buffer, CHUNK, err)) > 0) {
                if (*interrupt_flag())
                        return error_set(err, ERROR_CANCELLED, "interrupted");
                if (out->size == 0)
                        out->compression = inflate_detect((unsigned char *)buffer, (size_t)n);
                out->size += (uint64_t)n;
                if (blob_writer_add(blob, buffer, (size_t)n, err) < 0)
                        return -1;
                layer_writer_more(layer, out->size);
                if (layer_writer_gave_up(layer))
                        return 0; /* it says why */
        }
        if (n < 0)
                return -1;
        return out->size > 0 ? 0 : error_set(err, ERROR_INVALID, "the archive is empty");
}

static int store_layer(struct intake *intake, struct inflater *in, struct built_layer *out,
                       struct error *err)
{
        struct layer_source source = { .compression = LAYER_DETECT,
                                       .mapping = userns_own_mapping(),
                                       .plain_blob = true };
        struct layer_writer *layer;
        struct blob_writer *blob;

        if (blob_writer_open(intake, &blob, err) < 0)
                return -1;
        if (layer_writer_open(intake, &source, blob_writer_fd(blob), &layer, err) < 0) {
                blob_writer_abort(blob, true);
                return -1;
        }
        if (copy(in, blob, layer, out, err) < 0) {
                layer_writer_abort(layer);
                blob_writer_abort(blob, true);
                return -1;
        }
        if (blob_writer_finish(blob, NULL, &out->blob, err) < 0) {
                layer_writer_abort(layer);
                return -1;
        }
        if (layer_writer_finish(layer, &out->blob, &out->diff_id, NULL, err) < 0)
                return -1;
        fresh_note(intake_store(intake), &out->diff_id);
        return 0;
}

int build_layer(struct intake *intake, int fd, struct built_layer *layer_out, struct error *err)
{
        struct built_layer layer = { 0 };
        struct inflater *in;
        int rc;

        if (inflater_open(fd, LAYER_FOREIGN_ONLY, UINT64_MAX, &in, err) < 0)
                return -1;
        rc = store_layer(intake, in, &layer, err);
        inflater_close(in);
        if (rc == 0)
                *layer_out = layer;
        return rc;
}

void build_add_history(json_t *config, const char *created, const char *created_by,
                       const char *comment, bool empty_layer)
{
        json_t *history = json_object_get(config, "history");
        json_t *step = json_object();

        if (!history) {
                history = json_array();
                json_object_set_new(config, "history", history);
        }
        json_set_string(step, "created", created);
        json_set_string(step, "created_by", created_by);
        if (comment && comment[0])
                json_set_string(step, "comment", comment);
        if (empty_layer)
                json_object_set_new(step, "empty_layer", json_true());
        json_array_append_new(history, step);
}

static int add_json(struct intake *intake, const json_t *json, struct digest *digest_out,
                    size_t *size_out, struct error *err)
{
        AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);

        if (!text)
                return error_set(err, ERROR_INVALID,
                                 "the image's configuration is not valid UTF-8");
        *size_out = strlen(text);
        if (*size_out > LIMIT_IMAGE_CONFIG)
                return error_set(err, ERROR_TOO_LARGE,
                                 "the image's configuration becomes larger than %zu MiB",
                                 LIMIT_IMAGE_CONFIG >> 20);
        return blob_add(intake, text, *size_out, digest_out, err);
}

static json_t *diff_ids(const struct build *build)
{
        json_t *list = json_array();

        for (size_t i = 0; build->base && i < build->base->layer_count; i++)
                json_array_append_new(list, json_string(build->base->diff_ids[i].text));
        if (build->layer)
                json_array_append_new(list, json_string(build->layer->diff_id.text));
        return json_pack("{s:s, s:o}", "type", "layers", "diff_ids", list);
}

static json_t *descriptor(const char *type, const struct digest *digest, uint64_t size)
{
        return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", digest->text, "size",
                         (json_int_t)size);
}

/* The base's layers under the media types of this format. */
static json_t *layers(const struct build *build)
{
        json_t *list = json_array();

        for (size_t i = 0; build->base && i < build->base->layer_count; i++) {
                enum layer_compression compression = image_layer_compression(build->base, i);

                json_array_append_new(
                        list, descriptor(manifest_layer_type(compression, build->docker),
                                         &build->base->layers[i], build->base->layer_sizes[i]));
        }
        if (build->layer)
                json_array_append_new(
                        list,
                        descriptor(manifest_layer_type(build->layer->compression, build->docker),
                                   &build->layer->blob, build->layer->size));
        return list;
}

static int write_image(struct intake *intake, const struct build *build, json_t **manifest_json,
                       struct digest *config_out, struct digest *manifest_out, struct error *err)
{
        json_t *manifest;
        size_t size;

        json_object_set_new(build->config, "rootfs", diff_ids(build));
        if (add_json(intake, build->config, config_out, &size, err) < 0)
                return -1;
        manifest = *manifest_json =
                json_pack("{s:i, s:s, s:o, s:o}", "schemaVersion", 2, "mediaType",
                          build->docker ? MEDIA_DOCKER_MANIFEST : MEDIA_OCI_MANIFEST, "config",
                          descriptor(build->docker ? MEDIA_DOCKER_CONFIG : MEDIA_OCI_CONFIG,
                                     config_out, size),
                          "layers", layers(build));
        if (build->annotations && json_object_size(build->annotations) > 0)
                json_object_set_new(manifest, "annotations", json_deep_copy(build->annotations));
        return add_json(intake, manifest, manifest_out, &size, err);
}

int build_image(struct intake *intake, const struct build *build, struct digest *config_out,
                struct digest *manifest_out, struct error *err)
{
        AUTO_JSON json_t *manifest = NULL;

        return write_image(intake, build, &manifest, config_out, manifest_out, err);
}

static void add_layer(struct image *image, const struct digest *diff_id, const struct digest *blob,
                      uint64_t size)
{
        image->diff_ids[image->layer_count] = *diff_id;
        image->layers[image->layer_count] = *blob;
        image->layer_sizes[image->layer_count++] = size;
}

static void take_layers(struct image *image, const struct build *build)
{
        const struct image *base = build->base;
        size_t count = (base ? base->layer_count : 0) + (build->layer != NULL);

        image->diff_ids = xcalloc(count + 1, sizeof(*image->diff_ids));
        image->layers = xcalloc(count + 1, sizeof(*image->layers));
        image->layer_sizes = xcalloc(count + 1, sizeof(*image->layer_sizes));
        for (size_t i = 0; base && i < base->layer_count; i++)
                add_layer(image, &base->diff_ids[i], &base->layers[i], base->layer_sizes[i]);
        if (build->layer)
                add_layer(image, &build->layer->diff_id, &build->layer->blob, build->layer->size);
}

int build_image_next(struct intake *intake, const struct build *build, struct image *image_out,
                     struct error *err)
{
        AUTO(image) image = { 0 };

        if (write_image(intake, build, &image.manifest_json, &image.config_digest, &image.manifest,
                        err) < 0)
                return -1;
        snprintf(image.id, sizeof(image.id), "%s", digest_hex(&image.config_digest));
        image.config = json_deep_copy(build->config);
        take_layers(&image, build);
        *image_out = image;
        image = (struct image){ 0 };
        return 0;
}
