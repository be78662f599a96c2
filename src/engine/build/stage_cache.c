/* Finding what an earlier build made. See stage.h.
 *
 * A step's result is known by the image that it was made of (image.h: parent), by what the history
 * says of the step - of COPY and ADD that includes a digest of the files - and by the configuration
 * that came of it. There is no other cache than the images themselves.
 */
#include "engine/build/stage.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/image/manifest.h"

#include <string.h>

static const json_t *last_step(const json_t *config)
{
        const json_t *history = json_object_get(config, "history");
        size_t count = json_array_size(history);

        return count ? json_array_get(history, count - 1) : NULL;
}

static bool same_member(const json_t *a, const json_t *b, const char *key)
{
        const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

        return x == y || json_equal(x, y);
}

static bool same_config(const json_t *ours, const json_t *theirs)
{
        static const char *const keys[] = { "config", "architecture", "os", "variant", "author" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (!same_member(ours, theirs, keys[i]))
                        return false;
        return true;
}

static bool same_time(const struct stage *stage, const json_t *config)
{
        const time_t *created = stage->executor->options->created;
        char now[32];

        if (!created)
                return true;
        build_timestamp(*created, now);
        return strcmp(json_get_string(config, "created", ""), now) == 0;
}

static bool same_manifest(const struct stage *stage, const json_t *manifest)
{
        const json_t *annotations = json_object_get(manifest, "annotations");
        const char *type =
                stage->executor->options->docker ? MEDIA_DOCKER_MANIFEST : MEDIA_OCI_MANIFEST;

        if (strcmp(json_get_string(manifest, "mediaType", ""), type) != 0)
                return false;
        return json_object_size(annotations) == 0 ? json_object_size(stage->annotations) == 0
                                                  : json_equal(annotations, stage->annotations);
}

static bool fits(const struct stage *stage, const struct image *image, const char *created_by,
                 bool layer)
{
        AUTO_JSON json_t *ours = stage_written_config(stage);
        const json_t *step = last_step(image->config);

        return step && strcmp(json_get_string(step, "created_by", ""), created_by) == 0 &&
               image->layer_count == stage->image.layer_count + (layer ? 1 : 0) &&
               same_manifest(stage, image->manifest_json) && same_config(ours, image->config) &&
               same_time(stage, image->config);
}

static bool too_old(const struct stage *stage, const struct image *image)
{
        int64_t ttl = stage->executor->options->cache_ttl;

        return ttl >= 0 && (int64_t)(time(NULL) - image->created) >= ttl;
}

/* The newest that fits. 1: found. */
static int find(struct stage *stage, const char *created_by, bool layer, struct image *found,
                struct error *err)
{
        const struct store *store = stage->executor->store;
        struct image_list list;
        int rc = 0;

        if (image_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count && rc == 0; i++) {
                struct image *image = &list.items[i];

                if (!digest_equal(&image->parent, &stage->parent) || too_old(stage, image) ||
                    image_fill(store, image, NULL) < 0 || !fits(stage, image, created_by, layer))
                        continue;
                *found = *image;
                *image = (struct image){ 0 };
                rc = 1;
        }
        image_list_release(&list);
        return rc;
}

int stage_cached(struct stage *stage, const char *created_by, bool layer, struct error *err)
{
        const struct executor_options *options = stage->executor->options;
        AUTO(image) found = { 0 };
        struct error why = { 0 };
        json_t *history;
        int rc;

        if (!stage->hits || options->no_cache || !options->layers || options->omit_history)
                return 0;
        rc = find(stage, created_by, layer, &found, err);
        if (rc <= 0) {
                stage->hits = false;
                return rc;
        }
        history = json_deep_copy(json_object_get(found.config, "history"));
        if (image_ensure_layers(stage->executor->store, &found, userns_own_mapping(), NULL, &why) <
                    0 ||
            stage_take(stage, &found, &why) < 0) {
                /* It went just now, or is damaged: made anew. */
                json_decref(history);
                stage->hits = false;
                return 0;
        }
        image_touch(stage->executor->store, &stage->image);
        json_object_set_new(stage->config, "history", history);
        json_set_string(stage->config, "created",
                        json_get_string(stage->image.config, "created", ""));
        return 1;
}
