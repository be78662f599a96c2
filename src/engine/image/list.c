/* Manifest lists. See list.h; pushing them: list_push.c. */
#include "engine/image/list.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/image/manifest.h"
#include "engine/image/name.h"
#include "engine/storage/blob.h"
#include "engine/storage/blob_writer.h"

#include <string.h>

static json_t *empty_index(void)
{
        return json_pack("{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType", MEDIA_OCI_INDEX,
                         "manifests");
}

static bool exists(const struct store *store, const char *reference)
{
        AUTO(name) name = { 0 };

        return name_read(store, reference, &name, NULL) == 0;
}

int list_create(const struct store *store, const char *name, struct digest *digest_out,
                struct error *err)
{
        AUTO_JSON json_t *index = empty_index();

        if (exists(store, name))
                return error_set(err, ERROR_EXISTS, "the name %s is in use already", name);
        return list_store(store, name, index, digest_out, err);
}

static int read_json(const struct store *store, const struct digest *digest, json_t **json_out,
                     struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (blob_read(store, digest, LIMIT_MANIFEST, &text, &len, err) < 0)
                return -1;
        return json_parse(text, len, digest->text, json_out, err);
}

int list_load(const struct store *store, const char *name, char **name_out, json_t **index_out,
              struct error *err)
{
        AUTO(image) image = { 0 };

        if (image_find(store, name, &image, err) < 0)
                return -1;
        if (!image.list)
                return error_set(err, ERROR_INVALID, "%s is an image, not a manifest list", name);
        if (image.names.count == 0)
                return error_set(err, ERROR_INVALID, "the manifest list %s has no name", name);
        if (read_json(store, &image.manifest, index_out, err) < 0)
                return -1;
        *name_out = xstrdup(image.names.items[0]);
        return 0;
}

static int commit(const struct store *store, const char *name, const char *text,
                  struct digest *digest_out, struct error *err)
{
        struct intake *intake;
        int rc;

        if (intake_open(store, "list", &intake, err) < 0)
                return -1;
        rc = blob_add(intake, text, strlen(text), digest_out, err);
        if (rc == 0)
                rc = intake_commit(intake, NULL, err);
        intake_close(intake);
        return rc < 0 ? -1 : image_publish(store, name, digest_out, NULL, err);
}

int list_store(const struct store *store, const char *name, const json_t *index,
               struct digest *digest_out, struct error *err)
{
        AUTO_FREE char *text = json_dumps(index, JSON_COMPACT);
        AUTO_CLOSE int shared = store_lock_shared(store, err);
        AUTO(name) old = { 0 };
        bool had = name_read(store, name, &old, NULL) == 0 && old.list;

        if (shared < 0 || commit(store, name, text, digest_out, err) < 0)
                return -1;
        /* The version before is no image of its own. */
        if (had && !digest_equal(&old.digest, digest_out))
                (void)name_remove(store, old.digest.text, NULL);
        return 0;
}

static json_t *member(json_t *object, const char *key)
{
        json_t *found = json_object_get(object, key);

        if (json_is_object(found))
                return found;
        found = json_object();
        json_object_set_new(object, key, found);
        return found;
}

static void set(json_t *object, const char *key, const char *value)
{
        if (value && value[0])
                json_set_string(object, key, value);
}

static int annotate(json_t *object, const struct strv *annotations, struct error *err)
{
        for (size_t i = 0; annotations && i < annotations->count; i++) {
                AUTO_FREE char *pair = xstrdup(annotations->items[i]);
                char *equals = strchr(pair, '=');

                if (!equals)
                        return error_set(err, ERROR_USAGE, "the annotation \"%s\" is not KEY=VALUE",
                                         pair);
                *equals = '\0';
                json_set_string(member(object, "annotations"), pair, equals + 1);
        }
        return 0;
}

/* What the user says of an entry. */
static int apply(json_t *entry, const struct list_entry_options *options, struct error *err)
{
        json_t *platform = member(entry, "platform");

        set(platform, "architecture", options->arch);
        set(platform, "os", options->os);
        set(platform, "variant", options->variant);
        set(platform, "os.version", options->os_version);
        if (options->os_features && options->os_features->count)
                json_object_set_new(platform, "os.features", json_from_strv(options->os_features));
        if (options->features && options->features->count)
                json_object_set_new(platform, "features", json_from_strv(options->features));
        return annotate(entry, options->annotations, err);
}

/* Where the entry of a digest stands, -1 when there is none. */
static long find_entry(const json_t *index, const char *digest)
{
        const json_t *manifests = json_object_get(index, "manifests");

        for (size_t i = 0; i < json_array_size(manifests); i++)
                if (strcmp(json_get_string(json_array_get(manifests, i), "digest", ""), digest) ==
                    0)
                        return (long)i;
        return -1;
}

static void put_entry(json_t *index, json_t *entry)
{
        json_t *manifests = json_object_get(index, "manifests");
        long at = find_entry(index, json_get_string(entry, "digest", ""));

        if (at >= 0)
                json_array_set_new(manifests, (size_t)at, entry);
        else
                json_array_append_new(manifests, entry);
}

/* The descriptor of an image in the store, with its platform. */
static int describe(const struct store *store, const struct image *image, json_t **entry_out,
                    struct error *err)
{
        AUTO_FREE char *text = NULL;
        json_t *entry, *platform;
        size_t len;

        if (blob_read(store, &image->manifest, LIMIT_MANIFEST, &text, &len, err) < 0)
                return -1;
        entry = json_pack("{s:s, s:s, s:I}", "mediaType",
                          json_get_string(image->manifest_json, "mediaType", MEDIA_OCI_MANIFEST),
                          "digest", image->manifest.text, "size", (json_int_t)len);
        platform = member(entry, "platform");
        set(platform, "architecture", json_get_string(image->config, "architecture", ""));
        set(platform, "os", json_get_string(image->config, "os", ""));
        set(platform, "variant", json_get_string(image->config, "variant", ""));
        set(platform, "os.version", json_get_string(image->config, "os.version", ""));
        *entry_out = entry;
        return 0;
}

/* --all: the entries of an index whose images are in the store too. */
static int add_index(json_t *index, const json_t *from, const struct list_entry_options *options,
                     struct error *err)
{
        size_t i;
        json_t *entry;

        json_array_foreach (json_object_get(from, "manifests"), i, entry) {
                json_t *copy = json_deep_copy(entry);

                put_entry(index, copy);
                if (annotate(copy, options->annotations, err) < 0)
                        return -1;
        }
        return 0;
}

static int find_image(const struct store *store, const char *name,
                      const struct list_entry_options *options, struct image *image_out,
                      struct error *err)
{
        if (strncmp(name, "containers-storage:", 19) == 0)
                return image_lookup(store, name + 19, image_out, err);
        if (image_lookup(store, name, image_out, NULL) == 0)
                return 0;
        return image_pull(store, name, &options->pull, image_out, err);
}

int list_add(const struct store *store, const char *list, const char *name,
             const struct list_entry_options *options, struct digest *digest_out, struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO_FREE char *list_name = NULL;
        AUTO_JSON json_t *index = NULL;
        AUTO_JSON json_t *from = NULL;
        json_t *entry;

        if (list_load(store, list, &list_name, &index, err) < 0 ||
            find_image(store, name, options, &image, err) < 0)
                return -1;
        if (options->all && image.index.text[0]) {
                if (read_json(store, &image.index, &from, err) < 0 ||
                    add_index(index, from, options, err) < 0)
                        return -1;
                return list_store(store, list_name, index, digest_out, err);
        }
        if (describe(store, &image, &entry, err) < 0)
                return -1;
        put_entry(index, entry);
        if (apply(entry, options, err) < 0)
                return -1;
        return list_store(store, list_name, index, digest_out, err);
}

static int no_entry(const char *list, const char *digest, struct error *err)
{
        return error_set(err, ERROR_NOT_FOUND, "the manifest list %s has no entry %s", list,
                         digest);
}

int list_annotate(const struct store *store, const char *list, const char *digest,
                  const struct list_entry_options *options, struct digest *digest_out,
                  struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO_FREE char *name = NULL;
        AUTO_JSON json_t *index = NULL;
        long at;

        if (list_load(store, list, &name, &index, err) < 0)
                return -1;
        at = find_entry(index, digest);
        if (at < 0 && image_lookup(store, digest, &image, NULL) == 0)
                at = find_entry(index, image.manifest.text);
        if (at < 0)
                return no_entry(list, digest, err);
        if (apply(json_array_get(json_object_get(index, "manifests"), (size_t)at), options, err) <
            0)
                return -1;
        return list_store(store, name, index, digest_out, err);
}

int list_annotate_index(const struct store *store, const char *list, const struct strv *annotations,
                        const char *subject, struct digest *digest_out, struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO_FREE char *name = NULL;
        AUTO_JSON json_t *index = NULL;
        json_t *descriptor;

        if (list_load(store, list, &name, &index, err) < 0 || annotate(index, annotations, err) < 0)
                return -1;
        if (subject) {
                if (image_lookup(store, subject, &image, err) < 0 ||
                    describe(store, &image, &descriptor, err) < 0)
                        return -1;
                json_object_del(descriptor, "platform");
                json_object_set_new(index, "subject", descriptor);
        }
        return list_store(store, name, index, digest_out, err);
}

int list_remove(const struct store *store, const char *list, const char *digest,
                struct digest *digest_out, struct error *err)
{
        AUTO_FREE char *name = NULL;
        AUTO_JSON json_t *index = NULL;
        long at;

        if (list_load(store, list, &name, &index, err) < 0)
                return -1;
        at = find_entry(index, digest);
        if (at < 0)
                return no_entry(list, digest, err);
        json_array_remove(json_object_get(index, "manifests"), (size_t)at);
        return list_store(store, name, index, digest_out, err);
}
