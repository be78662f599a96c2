/* An image as podman's inspect shows it. Its config comes from outside: what is missing or of
 * another type reads as empty. */
#include "cli/image/inspect_image.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/image/image_json.h"

#include <string.h>

static void add_names(json_t *json, const struct image *image)
{
        json_t *tags = json_array();

        for (size_t i = 0; i < image->names.count; i++)
                if (!strchr(image->names.items[i], '@'))
                        json_array_append_new(tags, json_string_any(image->names.items[i]));
        json_object_set_new(json, "RepoTags", tags);
        json_object_set_new(json, "RepoDigests", image_repo_digests(image));
        json_object_set_new(json, "NamesHistory", json_deep_copy(tags));
}

static json_t *copy_or(const json_t *object, const char *key, json_t *otherwise)
{
        json_t *found = json_object_get(object, key);

        if (!found)
                return otherwise;
        json_decref(otherwise);
        return json_incref(found);
}

static json_t *layers_json(const struct image *image)
{
        json_t *json = json_object(), *layers = json_array();

        for (size_t i = 0; i < image->layer_count; i++)
                json_array_append_new(layers, json_string(image->diff_ids[i].text));
        json_set_string(json, "Type", "layers");
        json_object_set_new(json, "Layers", layers);
        return json;
}

/* podman's comment is that of the last step. */
static const char *last_comment(const json_t *history)
{
        size_t count = json_array_size(history);

        return count ? json_get_string(json_array_get(history, count - 1), "comment", "") : "";
}

json_t *inspect_image(const struct image *image)
{
        const json_t *config = json_object_get(image->config, "config");
        json_t *json = json_object(), *history = json_object_get(image->config, "history");
        json_t *driver = json_object();

        json_set_string(json, "Id", image->id);
        json_set_string(json, "Digest", image->manifest.text);
        add_names(json, image);
        json_set_string(json, "Parent", "");
        json_set_string(json, "Comment", last_comment(history));
        json_set_string(json, "Created", json_get_string(image->config, "created", ""));
        json_object_set_new(json, "Config", copy_or(image->config, "config", json_object()));
        json_set_string(json, "Version", "");
        json_set_string(json, "Author", json_get_string(image->config, "author", ""));
        json_set_string(json, "Architecture", json_get_string(image->config, "architecture", ""));
        json_set_string(json, "Os", json_get_string(image->config, "os", ""));
        json_object_set_new(json, "Size", json_integer((json_int_t)image->size));
        json_object_set_new(json, "VirtualSize", json_integer((json_int_t)image->size));
        json_set_string(driver, "Name", "overlay");
        json_object_set_new(driver, "Data", json_object());
        json_object_set_new(json, "GraphDriver", driver);
        json_object_set_new(json, "RootFS", layers_json(image));
        json_object_set_new(json, "Labels", copy_or(config, "Labels", json_null()));
        json_object_set_new(json, "Annotations",
                            copy_or(image->manifest_json, "annotations", json_object()));
        json_set_string(json, "ManifestType",
                        json_get_string(image->manifest_json, "mediaType", ""));
        json_set_string(json, "User", json_get_string(config, "User", ""));
        json_object_set_new(json, "History", copy_or(image->config, "history", json_array()));
        return json;
}
