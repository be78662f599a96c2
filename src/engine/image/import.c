/* import: one archive, one layer. The blob is hashed, kept and unpacked in one pass; config and
 * manifest are made from what came out. */
#include "engine/image/import.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/image/manifest.h"
#include "engine/storage/blob.h"
#include "engine/storage/inflate.h"
#include "engine/storage/layer.h"
#include "rootless/userns.h"

#include <string.h>
#include <time.h>

struct imported {
        struct digest blob, diff_id;
        uint64_t size;
        enum layer_compression compression;
};

/* Everything from fd to the blob and to the unpacker. */
static int copy(int fd, struct blob_writer *blob, int layer_fd, struct imported *out,
                struct error *err)
{
        AUTO_FREE char *buffer = xmalloc(1 << 20);
        ssize_t n;

        while ((n = fd_read_full(fd, buffer, 1 << 20)) > 0) {
                if (out->size == 0)
                        out->compression = inflate_detect((unsigned char *)buffer, (size_t)n);
                out->size += (uint64_t)n;
                if (blob_writer_add(blob, buffer, (size_t)n, err) < 0)
                        return -1;
                if (fd_write_all(layer_fd, buffer, (size_t)n) < 0)
                        return 0; /* the unpacker gave up: it says why */
        }
        if (n < 0)
                return error_sys(err, errno, "read the archive");
        return out->size > 0 ? 0 : error_set(err, ERROR_INVALID, "the archive is empty");
}

static int take_layer(const struct store *store, int fd, struct imported *out, struct error *err)
{
        struct layer_source source = { .compression = LAYER_DETECT,
                                       .mapping = userns_own_mapping() };
        struct layer_writer *layer;
        struct blob_writer *blob;

        if (layer_writer_open(store, &source, &layer, err) < 0)
                return -1;
        if (blob_writer_open(store, &blob, err) < 0) {
                layer_writer_abort(layer);
                return -1;
        }
        if (copy(fd, blob, layer_writer_fd(layer), out, err) < 0) {
                layer_writer_abort(layer);
                blob_writer_abort(blob);
                return -1;
        }
        if (layer_writer_finish(layer, &out->diff_id, NULL, err) < 0) {
                blob_writer_abort(blob);
                return -1;
        }
        return blob_writer_finish(blob, NULL, &out->blob, err);
}

static json_t *make_config(const struct imported *in, const struct import_options *options)
{
        struct platform platform;
        char now[32];
        time_t t = time(NULL);
        struct tm utc;
        json_t *history = json_object();

        platform_host(&platform);
        gmtime_r(&t, &utc);
        strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
        json_set_string(history, "created", now);
        json_set_string(history, "created_by", "kelp import");
        if (options->message)
                json_set_string(history, "comment", options->message);
        return json_pack("{s:s, s:s, s:s, s:O, s:{s:s, s:[s]}, s:[o]}", "created", now,
                         "architecture", platform.arch, "os", platform.os, "config",
                         options->config, "rootfs", "type", "layers", "diff_ids", in->diff_id.text,
                         "history", history);
}

static json_t *make_manifest(const struct imported *in, const struct digest *config,
                             size_t config_size)
{
        static const char *const suffix[] = {
                [LAYER_PLAIN] = "", [LAYER_GZIP] = "+gzip", [LAYER_ZSTD] = "+zstd"
        };
        AUTO_FREE char *type = xasprintf(MEDIA_OCI_LAYER "%s", suffix[in->compression]);

        return json_pack("{s:i, s:s, s:{s:s, s:s, s:I}, s:[{s:s, s:s, s:I}]}", "schemaVersion", 2,
                         "mediaType", MEDIA_OCI_MANIFEST, "config", "mediaType", MEDIA_OCI_CONFIG,
                         "digest", config->text, "size", (json_int_t)config_size, "layers",
                         "mediaType", type, "digest", in->blob.text, "size", (json_int_t)in->size);
}

static int add_json(const struct store *store, const json_t *json, struct digest *digest_out,
                    size_t *size_out, struct error *err)
{
        AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);

        if (!text)
                return error_set(err, ERROR_INVALID,
                                 "the image's configuration is not valid UTF-8");
        *size_out = strlen(text);
        return blob_add(store, text, *size_out, digest_out, err);
}

int image_import(const struct store *store, int fd, const struct import_options *options,
                 struct digest *config_digest_out, struct error *err)
{
        AUTO_CLOSE int shared = store_lock_shared(store, err);
        AUTO_JSON json_t *config = NULL;
        AUTO_JSON json_t *manifest = NULL;
        struct imported imported = { 0 };
        struct digest manifest_digest;
        size_t config_size, manifest_size;

        if (shared < 0 || take_layer(store, fd, &imported, err) < 0)
                return -1;
        config = make_config(&imported, options);
        if (add_json(store, config, config_digest_out, &config_size, err) < 0)
                return -1;
        manifest = make_manifest(&imported, config_digest_out, config_size);
        if (add_json(store, manifest, &manifest_digest, &manifest_size, err) < 0 ||
            store_sync(store, err) < 0)
                return -1;
        return image_publish(store, options->reference ? options->reference : manifest_digest.text,
                             &manifest_digest, manifest_size, MEDIA_OCI_MANIFEST, err);
}
