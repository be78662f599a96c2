/* Images in the store. See image.h; the files behind it are name.c's. */
#include "engine/image/image.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/image/manifest.h"
#include "engine/image/name.h"
#include "engine/image/reference.h"
#include "engine/storage/blob.h"
#include "engine/storage/implied.h"
#include "engine/storage/layer.h"

#include <string.h>

#define LOOKUPS 5 /* how often one is begun again because the image changed under it */

static void unfill(struct image *image)
{
        json_decref(take_ptr(image->manifest_json));
        json_decref(take_ptr(image->config));
        free(take_ptr(image->diff_ids));
        free(take_ptr(image->layers));
        free(take_ptr(image->layer_sizes));
        image->layer_count = 0;
}

void image_release(struct image *image)
{
        strv_release(&image->names);
        unfill(image);
        *image = (struct image){ 0 };
}

/* "2026-11-24T02:08:21.123Z" */
static time_t parse_time(const char *text)
{
        struct tm tm = { 0 };

        return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
}

static void take_manifest(struct image *image, const struct manifest *manifest)
{
        image->config_digest = manifest->config;
        snprintf(image->id, sizeof(image->id), "%s", digest_hex(&manifest->config));
        image->layer_count = manifest->layer_count;
        image->layers = xcalloc(manifest->layer_count, sizeof(*image->layers));
        image->layer_sizes = xcalloc(manifest->layer_count, sizeof(*image->layer_sizes));
        for (size_t i = 0; i < manifest->layer_count; i++) {
                image->layers[i] = manifest->layers[i].digest;
                image->layer_sizes[i] = manifest->layers[i].size;
        }
}

static int read_json_blob(const struct store *store, const struct digest *digest, size_t max,
                          json_t **json_out, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (blob_read(store, digest, max, &text, &len, err) < 0)
                return -1;
        return json_parse(text, len, digest->text, json_out, err);
}

static int fill_from(const struct store *store, struct image *image, struct error *err)
{
        AUTO(manifest) manifest = { 0 };

        if (manifest_parse(image->manifest_json, &manifest, err) < 0)
                return -1;
        take_manifest(image, &manifest);
        if (read_json_blob(store, &image->config_digest, LIMIT_IMAGE_CONFIG, &image->config, err) <
                    0 ||
            config_diff_ids(image->config, image->layer_count, &image->diff_ids, err) < 0)
                return -1;
        image->created = parse_time(json_get_string(image->config, "created", ""));
        return 0;
}

/* A list stands for its image for this machine. */
static int choose_instance(const struct store *store, struct image *image, struct error *err)
{
        AUTO_JSON json_t *index = take_ptr(image->manifest_json);
        struct platform platform;

        image->list = true;
        image->index = image->manifest;
        platform_host(&platform);
        if (manifest_choose(index, &platform, &image->manifest, err) < 0)
                return -1;
        if (!blob_exists(store, &image->manifest)) {
                image->manifest = image->index;
                error_set(
                        err, ERROR_NOT_FOUND,
                        "the manifest list %.19s has an image for %s/%s, which is not in the store",
                        image->index.text, platform.os, platform.arch);
                return error_cure(err, "pull it by its own name");
        }
        return read_json_blob(store, &image->manifest, LIMIT_MANIFEST, &image->manifest_json, err);
}

int image_fill(const struct store *store, struct image *image, struct error *err)
{
        unfill(image);
        if (read_json_blob(store, &image->manifest, LIMIT_MANIFEST, &image->manifest_json, err) <
                    0 ||
            (manifest_is_index(image->manifest_json, NULL) &&
             choose_instance(store, image, err) < 0) ||
            fill_from(store, image, err) < 0) {
                unfill(image);
                return -1;
        }
        return 0;
}

static int summarize(const struct store *store, struct name *name, struct error *err);

/* The summary, as the name's file has it; one that was written without is read from the image. */
static void from_name(const struct store *store, struct name *name, struct image *image_out)
{
        if (!name->id[0])
                (void)summarize(store, name, NULL); /* damaged: shown without an ID */
        *image_out = (struct image){ .manifest = name->digest,
                                     .index = name->index,
                                     .parent = name->parent,
                                     .size = name->size,
                                     .created = name->created,
                                     .used = name->used,
                                     .list = name->list,
                                     .read_only = name->read_only };
        snprintf(image_out->id, sizeof(image_out->id), "%s", name->id);
        if (!name_is_nameless(name->reference))
                strv_add(&image_out->names, name->reference);
}

static int find_named(const struct store *store, const char *reference, struct image *image_out,
                      struct error *err)
{
        AUTO(name) name = { 0 };

        if (name_read(store, reference, &name, err) < 0)
                return -1;
        from_name(store, &name, image_out);
        return 0;
}

/* "path@digest" fits an image that has the path under any tag, if manifest or index have the
 * digest. */
static bool has_digest(const struct name *name, const struct reference *ref)
{
        AUTO(reference) stored = { 0 };

        if (!ref->digest || (strcmp(name->digest.text, ref->digest) != 0 &&
                             strcmp(name->index.text, ref->digest) != 0))
                return false;
        return reference_parse(name->reference, &stored, NULL) == 0 &&
               reference_same_repository(ref, &stored);
}

/* A stored name of any registry that ends in the short name, or the repository with the digest. */
static int find_by_scan(const struct store *store, const struct reference *ref,
                        struct image *image_out)
{
        struct name_list list;
        int rc = -1;

        if (name_list_load(store, &list, NULL) < 0)
                return -1;
        for (size_t i = 0; i < list.count && rc < 0; i++) {
                struct name *name = &list.items[i];

                if (!name_is_nameless(name->reference) &&
                    (reference_matches(ref, name->reference) || has_digest(name, ref))) {
                        from_name(store, name, image_out);
                        rc = 0;
                }
        }
        name_list_release(&list);
        return rc;
}

static int find_reference(const struct store *store, const char *name, struct image *image_out,
                          struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) names = { 0 };

        if (reference_parse(name, &ref, err) < 0)
                return -1;
        reference_candidates(&ref, &names);
        for (size_t i = 0; i < names.count; i++) {
                struct error why = { 0 };

                if (find_named(store, names.items[i], image_out, &why) == 0)
                        return 0;
                if (why.sys != ENOENT)
                        return error_copy(err, &why);
        }
        if ((!ref.registry || ref.digest) && find_by_scan(store, &ref, image_out) == 0)
                return 0;
        return error_set(err, ERROR_NOT_FOUND, "%s: image not known", name);
}

static bool is_hex(const char *text)
{
        return text[0] && strspn(text, "0123456789abcdef") == strlen(text);
}

static bool id_matches(const struct image *image, const char *prefix, size_t len)
{
        if (strncmp(image->id, prefix, len) == 0)
                return true;
        return len == DIGEST_HEX_LEN &&
               (strcmp(digest_hex(&image->manifest), prefix) == 0 ||
                (image->index.text[0] && strcmp(digest_hex(&image->index), prefix) == 0));
}

static int find_id(const struct store *store, const char *prefix, struct image *image_out,
                   struct error *err)
{
        struct image_list list;
        const struct image *first = NULL;
        size_t found = 0, at = 0;

        if (image_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (id_matches(&list.items[i], prefix, strlen(prefix))) {
                        /* One ID may stand behind several manifests. */
                        if (!first || strcmp(first->id, list.items[i].id) != 0)
                                found++;
                        first = first ? first : &list.items[i];
                        at = (size_t)(first - list.items);
                }
        if (found == 1) {
                *image_out = list.items[at];
                image_out->by_id = true;
                list.items[at] = (struct image){ 0 };
        }
        image_list_release(&list);
        if (found > 1)
                return error_set(err, ERROR_INVALID, "image ID prefix \"%s\" stands for %zu images",
                                 prefix, found);
        return found ? 0 : error_set(err, ERROR_NOT_FOUND, "%s: image not known", prefix);
}

int image_find(const struct store *store, const char *name, struct image *image_out,
               struct error *err)
{
        const char *bare = strncmp(name, "sha256:", 7) == 0 ? name + 7 : name;
        struct error why = { 0 };

        if (bare == name && find_reference(store, name, image_out, &why) == 0)
                return 0;
        if (is_hex(bare) && (bare != name || why.kind == ERROR_NOT_FOUND))
                return find_id(store, bare, image_out, err);
        return error_copy(err, &why);
}

static bool renamed(const struct store *store, const struct image *image)
{
        AUTO(name) name = { 0 };

        if (name_read(store, image->names.count ? image->names.items[0] : image->manifest.text,
                      &name, NULL) < 0)
                return true;
        return !digest_equal(&name.digest, &image->manifest) &&
               !digest_equal(&name.digest, &image->index);
}

/* Readers take no lock. A blob that was missing is no damage when another process took the image's
 * name away while we read, gave it to another image, or removed the image and brought it again. */
static bool changed_meanwhile(const struct store *store, const struct image *image)
{
        if (renamed(store, image))
                return true;
        for (size_t i = 0; i < image->layer_count; i++)
                if (!blob_exists(store, &image->layers[i]))
                        return false;
        return blob_exists(store, &image->manifest) &&
               (!image->config_digest.text[0] || blob_exists(store, &image->config_digest));
}

/* 1: the image went away while it was read. */
static int lookup_once(const struct store *store, const char *name, struct image *image_out,
                       struct error *err)
{
        AUTO(image) image = { 0 };

        if (image_find(store, name, &image, err) < 0)
                return -1;
        if (image_fill(store, &image, err) < 0)
                return err->sys == ENOENT && changed_meanwhile(store, &image)
                               ? 1
                               : error_context(err, "%s", name);
        *image_out = image;
        image = (struct image){ 0 };
        return 0;
}

int image_lookup(const struct store *store, const char *name, struct image *image_out,
                 struct error *err)
{
        for (int tries = 0; tries < LOOKUPS; tries++) {
                struct error why = { 0 };
                int rc = lookup_once(store, name, image_out, &why);

                if (rc < 0)
                        return error_copy(err, &why);
                if (rc == 0)
                        return 0;
        }
        return error_set(err, ERROR_IN_USE, "other processes keep changing the image %s", name);
}

int image_load_names(const struct store *store, struct image *image, struct error *err)
{
        const struct digest *digest = image->list ? &image->index : &image->manifest;
        struct name_list list;

        if (name_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (digest_equal(&list.items[i].digest, digest) &&
                    !name_is_nameless(list.items[i].reference) &&
                    !strv_contains(&image->names, list.items[i].reference))
                        strv_add(&image->names, list.items[i].reference);
        name_list_release(&list);
        return 0;
}

void image_list_release(struct image_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                image_release(&list->items[i]);
        free(list->items);
        *list = (struct image_list){ 0 };
}

static int by_digest(const void *a, const void *b)
{
        const struct name *x = a, *y = b;
        int order = strcmp(x->digest.text, y->digest.text);

        return order ? order : strcmp(x->reference, y->reference);
}

static int newest_first(const void *a, const void *b)
{
        const struct image *x = a, *y = b;

        if (x->created != y->created)
                return (x->created < y->created) - (x->created > y->created);
        return strcmp(x->id, y->id);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those without a name that others were built of. */
static void mark_intermediate(struct image_list *list)
{
        AUTO_FREE const char **parents = xcalloc(list->count + 1, sizeof(*parents));
        size_t count = 0;

        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].parent.text[0])
                        parents[count++] = list->items[i].parent.text;
        if (count == 0)
                return;
        qsort(parents, count, sizeof(*parents), by_text);
        for (size_t i = 0; i < list->count; i++) {
                struct image *image = &list->items[i];
                const char *own = image->manifest.text;

                image->intermediate = image->names.count == 0 &&
                                      bsearch(&own, parents, count, sizeof(*parents), by_text);
        }
}

int image_list_load(const struct store *store, struct image_list *list_out, struct error *err)
{
        struct image_list list = { 0 };
        struct name_list names;

        if (name_list_look(store, &names, err) < 0)
                return -1;
        if (names.count)
                qsort(names.items, names.count, sizeof(*names.items), by_digest);
        list.items = xcalloc(names.count + 1, sizeof(*list.items));
        for (size_t i = 0; i < names.count; i++) {
                struct name *name = &names.items[i];
                struct image *last = list.count ? &list.items[list.count - 1] : NULL;

                if (!last || !digest_equal(&last->manifest, &name->digest)) {
                        from_name(store, name, &list.items[list.count++]);
                        continue;
                }
                last->used = name->used > last->used ? name->used : last->used;
                last->read_only = last->read_only && name->read_only;
                if (!last->parent.text[0])
                        last->parent = name->parent;
                if (!name_is_nameless(name->reference))
                        strv_add(&last->names, name->reference);
        }
        name_list_release(&names);
        if (list.count)
                qsort(list.items, list.count, sizeof(*list.items), newest_first);
        mark_intermediate(&list);
        *list_out = list;
        return 0;
}

enum layer_compression image_layer_compression(const struct image *image, size_t layer)
{
        const json_t *layers = json_object_get(image->manifest_json, "layers");

        return manifest_layer_compression(
                json_get_string(json_array_get(layers, layer), "mediaType", ""));
}

static uint64_t image_unpacked_size(const struct store *store, const struct image *image)
{
        uint64_t size =
                (uint64_t)json_get_int(json_object_get(image->manifest_json, "config"), "size", 0);

        for (size_t i = 0; i < image->layer_count; i++)
                size += layer_tar_size(store, &image->diff_ids[i], image->layer_sizes[i]);
        return size;
}

/* What a list of images shows of it. */
static int summarize(const struct store *store, struct name *name, struct error *err)
{
        AUTO(image) image = { .manifest = name->digest };
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *json = NULL;
        size_t len;

        if (blob_read(store, &name->digest, LIMIT_MANIFEST, &text, &len, err) < 0 ||
            json_parse(text, len, name->digest.text, &json, err) < 0)
                return -1;
        name->manifest_size = len;
        name->list = manifest_is_index(json, NULL);
        free(name->media_type);
        name->media_type = xstrdup(json_get_string(
                json, "mediaType", name->list ? MEDIA_OCI_INDEX : MEDIA_OCI_MANIFEST));
        if (name->list) {
                snprintf(name->id, sizeof(name->id), "%s", digest_hex(&name->digest));
                name->created = time(NULL);
                name->size = len;
                return 0;
        }
        if (image_fill(store, &image, err) < 0)
                return -1;
        memcpy(name->id, image.id, sizeof(name->id));
        name->created = image.created;
        name->size = image_unpacked_size(store, &image);
        return 0;
}

int image_publish(const struct store *store, const char *reference, const struct digest *manifest,
                  const struct digest *index, struct error *err)
{
        AUTO(name) name = { .reference = xstrdup(reference), .digest = *manifest };

        if (index && !digest_equal(index, manifest))
                name.index = *index;
        if (summarize(store, &name, err) < 0)
                return -1;
        return name_write(store, &name, err);
}

int image_publish_built(const struct store *store, const char *reference,
                        const struct digest *manifest, const struct digest *parent,
                        struct error *err)
{
        AUTO(name)
        name = { .reference = xstrdup(reference), .digest = *manifest, .parent = *parent };

        if (summarize(store, &name, err) < 0)
                return -1;
        return name_write(store, &name, err);
}

void image_touch(const struct store *store, const struct image *image)
{
        if (image->names.count)
                name_touch(store, image->names.items[0]);
        else
                name_touch(store, image->manifest.text);
}

bool image_has_layers(const struct store *store, const struct image *image, const char *mapping)
{
        for (size_t i = 0; i < image->layer_count; i++)
                if (!layer_exists(store, &image->diff_ids[i], mapping))
                        return false;
        return true;
}

static int unpack_missing(struct intake *intake, const struct image *image, const char *mapping,
                          const struct id_maps *maps, struct error *err)
{
        for (size_t i = 0; i < image->layer_count; i++) {
                struct layer_source source = { .compression = LAYER_DETECT,
                                               .diff_id = &image->diff_ids[i],
                                               .mapping = mapping,
                                               .maps = maps };

                if (!intake_has_layer(intake, &image->diff_ids[i], mapping) &&
                    layer_unpack_blob(intake, &image->layers[i], &source, err) < 0)
                        return -1;
        }
        return implied_dirs_fix(intake, image->diff_ids, image->layer_count, mapping, err);
}

int image_ensure_layers(const struct store *store, const struct image *image, const char *mapping,
                        const struct id_maps *maps, struct error *err)
{
        AUTO_CLOSE int shared = -1;
        struct intake *intake;
        int rc;

        if (image_has_layers(store, image, mapping))
                return 0;
        if (intake_open(store, "unpack", &intake, err) < 0)
                return -1;
        rc = unpack_missing(intake, image, mapping, maps, err);
        if (rc == 0) {
                shared = store_lock_shared(store, err);
                rc = shared < 0 ? -1 : intake_commit(intake, NULL, err);
        }
        intake_close(intake);
        if (rc < 0 && err && err->sys == ENOENT && changed_meanwhile(store, image))
                return error_set(err, ERROR_NOT_FOUND,
                                 "%s: image not known: it was removed meanwhile",
                                 image->names.count ? image->names.items[0] : image->id);
        return rc;
}
