/* Saving. See save.h. */
#include "engine/image/save.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/image/archive_out.h"
#include "engine/image/interrupt.h"
#include "engine/image/send.h"
#include "engine/storage/blob.h"
#include "engine/storage/inflate.h"

#include <string.h>

int save_format_parse(const char *text, enum save_format *format_out, struct error *err)
{
        static const char *const names[] = { [SAVE_DOCKER_ARCHIVE] = "docker-archive",
                                             [SAVE_OCI_ARCHIVE] = "oci-archive",
                                             [SAVE_OCI_DIR] = "oci-dir",
                                             [SAVE_DOCKER_DIR] = "docker-dir" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], text) == 0) {
                        *format_out = (enum save_format)i;
                        return 0;
                }
        return error_set(
                err, ERROR_USAGE,
                "unknown format \"%s\": docker-archive, oci-archive, oci-dir or docker-dir", text);
}

struct docker_save {
        const struct store *store;
        struct archive_out *out;
        struct strv written; /* names in the archive */
        json_t *manifest;
};

static void docker_save_release(struct docker_save *save)
{
        archive_out_close(save->out);
        strv_release(&save->written);
        json_decref(save->manifest);
}

static int count_plain(int fd, uint64_t *size_out, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(1 << 20);
        struct inflater *in;
        ssize_t n;

        if (inflater_open(fd, LAYER_DETECT, UINT64_MAX, &in, err) < 0)
                return -1;
        while ((n = inflater_read(in, piece, 1 << 20, err)) > 0)
                ;
        *size_out = inflater_total(in);
        inflater_close(in);
        return (int)n;
}

/* A tar archive says a file's size in front of it: what the unpacker counted, or a dry run. */
static int plain_size(const struct store *store, const struct image *image, size_t layer,
                      uint64_t *size_out, struct error *err)
{
        AUTO_CLOSE int fd = -1;

        *size_out = layer_tar_size(store, &image->diff_ids[layer], 0);
        if (*size_out > 0)
                return 0;
        if (blob_open(store, &image->layers[layer], &fd, size_out, err) < 0)
                return -1;
        return image_layer_compression(image, layer) == LAYER_PLAIN
                       ? 0
                       : count_plain(fd, size_out, err);
}

static int add_layer(struct docker_save *save, const struct image *image, size_t layer,
                     const char *name, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        uint64_t size;

        if (*interrupt_flag())
                return error_set(err, ERROR_CANCELLED, "cancelled");
        if (strv_contains(&save->written, name))
                return 0;
        strv_add(&save->written, name);
        if (plain_size(save->store, image, layer, &size, err) < 0 ||
            blob_open(save->store, &image->layers[layer], &fd, NULL, err) < 0)
                return -1;
        if (image_layer_compression(image, layer) == LAYER_PLAIN)
                return archive_out_file(save->out, name, fd, size, err);
        return archive_out_inflated(save->out, name, fd, size, err);
}

static int add_config(struct docker_save *save, const struct image *image, const char *name,
                      struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (strv_contains(&save->written, name))
                return 0;
        strv_add(&save->written, name);
        if (blob_read(save->store, &image->config_digest, LIMIT_IMAGE_CONFIG, &text, &len, err) < 0)
                return -1;
        return archive_out_text(save->out, name, text, len, err);
}

/* Names by a digest are no tags. */
static json_t *tags_of(const struct save_image *one)
{
        json_t *tags = json_array();

        for (size_t i = 0; i < one->names.count; i++)
                if (!strchr(one->names.items[i], '@'))
                        json_array_append_new(tags, json_string_any(one->names.items[i]));
        return tags;
}

static int add_docker_image(struct docker_save *save, const struct save_image *one,
                            struct error *err)
{
        const struct image *image = one->image;
        AUTO_FREE char *config = xasprintf("%s.json", digest_hex(&image->config_digest));
        AUTO_JSON json_t *layers = json_array();

        for (size_t i = 0; i < image->layer_count; i++) {
                AUTO_FREE char *name = xasprintf("%s.tar", digest_hex(&image->diff_ids[i]));

                if (add_layer(save, image, i, name, err) < 0)
                        return -1;
                json_array_append_new(layers, json_string(name));
        }
        if (add_config(save, image, config, err) < 0)
                return -1;
        json_array_append_new(save->manifest,
                              json_pack("{s:s, s:o, s:O}", "Config", config, "RepoTags",
                                        tags_of(one), "Layers", layers));
        return 0;
}

int save_docker_archive(const struct store *store, const struct save_image *images, size_t count,
                        int fd, struct error *err)
{
        AUTO(docker_save) save = { .store = store };
        AUTO_FREE char *manifest = NULL;

        save.out = archive_out_open(fd);
        save.manifest = json_array();
        for (size_t i = 0; i < count; i++)
                if (add_docker_image(&save, &images[i], err) < 0)
                        return -1;
        manifest = json_dumps(save.manifest, JSON_COMPACT);
        if (archive_out_text(save.out, "manifest.json", manifest, strlen(manifest), err) < 0)
                return -1;
        return archive_out_finish(save.out, err);
}

/* One image under each of its names. */
static int send_one(const struct store *store, const struct save_image *one,
                    const struct send_request *common, struct error *err)
{
        struct send_request request = *common;
        struct digest digest;

        request.image = one->image;
        for (size_t i = 0; i < (one->names.count ? one->names.count : 1); i++) {
                request.reference = one->names.count ? one->names.items[i] : NULL;
                if (send_image(store, &request, &digest, err) < 0)
                        return -1;
        }
        return 0;
}

static int send_all(const struct store *store, const struct save_image *images, size_t count,
                    struct send_request *request, struct error *err)
{
        int rc = 0;

        request->quiet = true;
        request->cancel = interrupt_flag();
        for (size_t i = 0; i < count && rc == 0; i++)
                rc = send_one(store, &images[i], request, err);
        if (rc == 0)
                rc = target_finish(request->target, err);
        target_close(request->target);
        return rc;
}

int save_oci_archive(const struct store *store, const struct save_image *images, size_t count,
                     enum layer_compression layers, int fd, struct error *err)
{
        struct send_request request = { .format = SEND_OCI, .compression = layers };

        if (target_archive_open(fd, &request.target, err) < 0)
                return -1;
        return send_all(store, images, count, &request, err);
}

int save_directory(const struct store *store, const struct save_image *images, size_t count,
                   enum save_format format, enum layer_compression layers, const char *path,
                   struct error *err)
{
        bool oci = format == SAVE_OCI_DIR;
        struct send_request request = { .format = oci ? SEND_OCI : SEND_DOCKER,
                                        .compression = layers };

        if (!oci && count > 1)
                return error_set(err, ERROR_USAGE, "docker-dir holds one image only");
        if ((oci ? target_layout_open(path, &request.target, err)
                 : target_dir_open(path, &request.target, err)) < 0)
                return -1;
        return send_all(store, images, count, &request, err);
}
