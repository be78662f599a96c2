/* Mark and sweep over the store. See collect.h. */
#include "engine/image/collect.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/image/hold.h"
#include "engine/image/manifest.h"
#include "engine/image/name.h"
#include "engine/storage/blob.h"
#include "rootless/userns.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

void keep_release(struct keep *keep)
{
        strv_release(&keep->blobs);
        strv_release(&keep->layers);
        strv_release(&keep->mappings);
}

void holders_release(struct holders *holders)
{
        strv_release(&holders->containers);
        strv_release(&holders->image_ids);
        strv_release(&holders->layers);
        strv_release(&holders->mappings);
}

static DIR *open_dir(const struct store *store, const char *path)
{
        int fd = openat(store->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

/* A container's spec, or one of its mounts: both name an image and layers. */
static void add_holder(struct holders *h, const char *container, const json_t *json)
{
        strv_add(&h->image_ids, json_get_string(json, "image_id", ""));
        strv_add(&h->containers, container);
        json_to_strv(json_object_get(json, "layers"), &h->layers);
}

static void add_builds(const struct store *store, struct holders *h)
{
        size_t before = h->image_ids.count;

        hold_list(store, &h->image_ids);
        for (size_t i = before; i < h->image_ids.count; i++)
                strv_add(&h->containers, "");
}

void holders_load(const struct store *store, struct holders *h)
{
        DIR *dir = open_dir(store, "containers");
        struct dirent *entry;
        size_t i;
        json_t *mount;

        while (dir && (entry = readdir(dir))) {
                AUTO_FREE char *path = xasprintf("containers/%s/spec", entry->d_name);
                AUTO_JSON json_t *json = NULL;

                if (entry->d_name[0] == '.' ||
                    json_read_file(store->root_fd, path, LIMIT_SPEC, &json, NULL) < 0)
                        continue;
                add_holder(h, entry->d_name, json);
                strv_add(&h->mappings, json_get_string(json, "mapping", ""));
                json_array_foreach (json_object_get(json, "mounts"), i, mount) {
                        if (json_object_get(mount, "image_id"))
                                add_holder(h, entry->d_name, mount);
                }
        }
        if (dir)
                closedir(dir);
        add_builds(store, h);
}

const char *holders_find(const struct holders *h, const char *image_id)
{
        for (size_t i = 0; i < h->image_ids.count; i++)
                if (image_id[0] && strcmp(h->image_ids.items[i], image_id) == 0)
                        return h->containers.items[i];
        return NULL;
}

static bool damaged(const struct error *err)
{
        return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_INVALID ||
               err->kind == ERROR_UNSUPPORTED || err->kind == ERROR_TOO_LARGE;
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

static int keep_image(const struct store *store, const json_t *json, struct keep *keep,
                      struct error *err)
{
        AUTO(manifest) manifest = { 0 };
        AUTO_JSON json_t *config = NULL;
        AUTO_FREE struct digest *diff_ids = NULL;

        if (manifest_parse(json, &manifest, err) < 0)
                return -1;
        strv_add(&keep->blobs, digest_hex(&manifest.config));
        for (size_t i = 0; i < manifest.layer_count; i++)
                strv_add(&keep->blobs, digest_hex(&manifest.layers[i].digest));
        if (read_json(store, &manifest.config, &config, err) < 0 ||
            config_diff_ids(config, manifest.layer_count, &diff_ids, err) < 0)
                return -1;
        for (size_t i = 0; i < manifest.layer_count; i++)
                strv_add(&keep->layers, digest_hex(&diff_ids[i]));
        return 0;
}

static int keep_manifest(const struct store *store, const struct digest *digest, int depth,
                         struct keep *keep, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        size_t i;
        json_t *entry;

        strv_add(&keep->blobs, digest_hex(digest));
        if (!blob_exists(store, digest))
                return 0; /* a list may name images that were never fetched */
        if (read_json(store, digest, &json, err) < 0)
                return -1;
        if (!manifest_is_index(json, NULL))
                return keep_image(store, json, keep, err);
        json_array_foreach (json_object_get(json, "manifests"), i, entry) {
                struct digest child;

                if (depth < 4 &&
                    digest_parse(json_get_string(entry, "digest", ""), &child, NULL) == 0 &&
                    keep_manifest(store, &child, depth + 1, keep, err) < 0 && !damaged(err))
                        return -1;
        }
        return 0;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

bool keep_has(const struct strv *set, const char *hex)
{
        return set->count &&
               bsearch(&hex, set->items, set->count, sizeof(*set->items), by_text) != NULL;
}

static int keep_names(const struct store *store, struct keep *keep, struct error *err)
{
        struct name_list names;
        int rc = 0;

        if (name_list_load(store, &names, err) < 0)
                return -1;
        for (size_t i = 0; i < names.count && rc == 0; i++) {
                struct error why = { 0 };

                if (names.items[i].index.text[0])
                        strv_add(&keep->blobs, digest_hex(&names.items[i].index));
                if (keep_manifest(store, &names.items[i].digest, 0, keep, &why) < 0 &&
                    !damaged(&why))
                        rc = error_copy(err, &why);
        }
        name_list_release(&names);
        return rc;
}

int keep_load(const struct store *store, struct keep *keep_out, struct error *err)
{
        AUTO(keep) keep = { 0 };
        AUTO(holders) holders = { 0 };

        if (keep_names(store, &keep, err) < 0)
                return -1;
        holders_load(store, &holders);
        strv_extend(&keep.layers, &holders.layers);
        strv_extend(&keep.mappings, &holders.mappings);
        strv_sort(&keep.blobs);
        strv_sort(&keep.layers);
        *keep_out = keep;
        keep = (struct keep){ 0 };
        return 0;
}

bool collect_is_spare_copy(const struct strv *mappings, const char *name)
{
        const char *mapping = strlen(name) > DIGEST_HEX_LEN ? name + DIGEST_HEX_LEN : "";

        return mapping[0] == '.' && !userns_mapping_records(mapping + 1) &&
               !strv_contains(mappings, mapping + 1);
}

/* Entries of a directory whose first 64 characters are not in the set. A plain layer and its blob
 * have one digest: the class keeps them apart. */
static int sweep(const struct store *store, const char *dir_path, const char *class,
                 const struct strv *kept, const struct strv *mappings, struct staging *condemned,
                 struct error *err)
{
        DIR *dir = open_dir(store, dir_path);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return error_sys(err, errno, "open %s in the store", dir_path);
        while (rc == 0 && (entry = readdir(dir))) {
                AUTO_FREE char *hex = xstrndup(entry->d_name, DIGEST_HEX_LEN);
                AUTO_FREE char *target = xasprintf("%s-%s", class, entry->d_name);

                if (entry->d_name[0] == '.' ||
                    (keep_has(kept, hex) &&
                     !(mappings && collect_is_spare_copy(mappings, entry->d_name))))
                        continue;
                if (condemned->dir_fd < 0 && staging_create(store, "removed", condemned, err) < 0)
                        rc = -1;
                else if (renameat(dirfd(dir), entry->d_name, condemned->dir_fd, target) < 0 &&
                         errno != ENOENT)
                        rc = error_sys(err, errno, "remove %s/%s", dir_path, entry->d_name);
        }
        closedir(dir);
        return rc;
}

int collect(const struct store *store, bool copies, struct staging *condemned_out,
            struct error *err)
{
        AUTO(keep) keep = { 0 };
        AUTO(staging) condemned = STAGING_EMPTY;

        if (keep_load(store, &keep, err) < 0 ||
            sweep(store, "layers", "layer", &keep.layers, copies ? &keep.mappings : NULL,
                  &condemned, err) < 0 ||
            sweep(store, "blobs/sha256", "blob", &keep.blobs, NULL, &condemned, err) < 0)
                return -1;
        *condemned_out = condemned;
        condemned = STAGING_EMPTY;
        return 0;
}
