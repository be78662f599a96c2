/* Manifests for sending. See send_manifest.h. */
#include "engine/image/send_manifest.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/image/manifest.h"
#include "engine/storage/blob.h"

#include <string.h>

static bool is_docker(const struct image *image)
{
        return strcmp(json_get_string(image->manifest_json, "mediaType", ""),
                      MEDIA_DOCKER_MANIFEST) == 0;
}

/* Docker's format stays Docker's, unless a layer is now of a kind that it has no name for. */
static bool to_docker(const struct image *image, const struct sent_manifest *made)
{
        if (made->format != SEND_AS_IT_IS)
                return made->format == SEND_DOCKER;
        for (size_t i = 0; i < image->layer_count; i++)
                if (made->layers[i].compression == LAYER_ZSTD)
                        return false;
        return is_docker(image);
}

static json_t *descriptor(const char *type, const struct digest *digest, uint64_t size,
                          const json_t *old)
{
        json_t *json = json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", digest->text,
                                 "size", (json_int_t)size);
        json_t *annotations = json_object_get(old, "annotations");

        if (annotations)
                json_object_set(json, "annotations", annotations);
        return json;
}

static json_t *make(const struct image *image, const struct sent_manifest *made, bool docker,
                    uint64_t config_size)
{
        const json_t *old_layers = json_object_get(image->manifest_json, "layers");
        json_t *annotations = json_object_get(image->manifest_json, "annotations");
        json_t *layers = json_array(), *json;

        for (size_t i = 0; i < image->layer_count; i++)
                json_array_append_new(
                        layers, descriptor(manifest_layer_type(made->layers[i].compression, docker),
                                           &made->layers[i].digest, made->layers[i].size,
                                           docker ? NULL : json_array_get(old_layers, i)));
        json = json_pack("{s:i, s:s, s:o, s:o}", "schemaVersion", 2, "mediaType",
                         docker ? MEDIA_DOCKER_MANIFEST : MEDIA_OCI_MANIFEST, "config",
                         descriptor(docker ? MEDIA_DOCKER_CONFIG : MEDIA_OCI_CONFIG,
                                    &image->config_digest, config_size, NULL),
                         "layers", layers);
        if (annotations && !docker)
                json_object_set(json, "annotations", annotations);
        return json;
}

int send_manifest_make(const struct store *store, const struct image *image,
                       const struct sent_manifest *made, char **text_out, size_t *len_out,
                       char **media_type_out, struct error *err)
{
        bool docker = to_docker(image, made);
        const char *own_type = is_docker(image) ? MEDIA_DOCKER_MANIFEST : MEDIA_OCI_MANIFEST;
        AUTO_JSON json_t *json = NULL;

        if (!made->changed && docker == is_docker(image)) {
                *media_type_out =
                        xstrdup(json_get_string(image->manifest_json, "mediaType", own_type));
                return blob_read(store, &image->manifest, LIMIT_MANIFEST, text_out, len_out, err);
        }
        json = make(
                image, made, docker,
                (uint64_t)json_get_int(json_object_get(image->manifest_json, "config"), "size", 0));
        *text_out = json_dumps(json, JSON_COMPACT);
        *len_out = strlen(*text_out);
        *media_type_out = xstrdup(docker ? MEDIA_DOCKER_MANIFEST : MEDIA_OCI_MANIFEST);
        return 0;
}
