/* Images in the store: finding, listing, naming. See image.h for images/. */
#include "engine/image/image.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/image/manifest.h"
#include "engine/image/reference.h"
#include "engine/storage/blob.h"
#include "engine/storage/implied.h"
#include "engine/storage/layer.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void image_release(struct image *image)
{
        strv_release(&image->names);
        json_decref(image->manifest_json);
        json_decref(image->config);
        free(image->diff_ids);
        free(image->layers);
        *image = (struct image){ 0 };
}

/* '/' cannot stand in a file name; "%" does not occur in references. */
static char *escape_name(const char *reference)
{
        char *name = xmalloc(strlen(reference) * 3 + 1), *out = name;

        for (; *reference; reference++)
                if (*reference == '/')
                        out = stpcpy(out, "%2f");
                else
                        *out++ = *reference;
        *out = '\0';
        return name;
}

static char *unescape_name(const char *name)
{
        char *reference = xstrdup(name), *out = reference;

        while (*name) {
                bool slash = strncmp(name, "%2f", 3) == 0;

                *out++ = slash ? '/' : *name;
                name += slash ? 3 : 1;
        }
        *out = '\0';
        return reference;
}

char *image_reference_path(const char *reference)
{
        AUTO_FREE char *file = escape_name(reference);

        return path_join("images", file);
}

bool image_name_is_id(const char *name, const struct image *image)
{
        const char *bare = strncmp(name, "sha256:", 7) == 0 ? name + 7 : name;

        return bare[0] && strncmp(image->id, bare, strlen(bare)) == 0;
}

/* "2026-11-24T02:08:21.123Z" */
static time_t parse_time(const char *text)
{
        struct tm tm = { 0 };

        return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
}

static void fill_from_manifest(struct image *image, const struct manifest *manifest)
{
        image->config_digest = manifest->config;
        snprintf(image->id, sizeof(image->id), "%s", digest_hex(&manifest->config));
        image->layer_count = manifest->layer_count;
        image->layers = xcalloc(manifest->layer_count, sizeof(*image->layers));
        image->size = manifest->config_size;
        for (size_t i = 0; i < manifest->layer_count; i++) {
                image->layers[i] = manifest->layers[i].digest;
                image->size += manifest->layers[i].size;
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

/* Everything but the names, out of the blobs. */
static int load_manifest(const struct store *store, const struct digest *digest,
                         struct image *image_out, struct error *err)
{
        AUTO(image) image = { .manifest = *digest };
        AUTO(manifest) manifest = { 0 };

        if (read_json_blob(store, digest, LIMIT_MANIFEST, &image.manifest_json, err) < 0 ||
            manifest_parse(image.manifest_json, &manifest, err) < 0)
                return -1;
        fill_from_manifest(&image, &manifest);
        if (read_json_blob(store, &image.config_digest, LIMIT_IMAGE_CONFIG, &image.config, err) <
                    0 ||
            config_diff_ids(image.config, image.layer_count, &image.diff_ids, err) < 0)
                return -1;
        image.created = parse_time(json_get_string(image.config, "created", ""));
        *image_out = image;
        image = (struct image){ 0 };
        return 0;
}

static int read_reference(const struct store *store, const char *file, struct digest *digest_out,
                          struct error *err)
{
        AUTO_FREE char *path = path_join("images", file);
        AUTO_JSON json_t *json = NULL;

        if (json_read_file(store->root_fd, path, LIMIT_STATE, &json, err) < 0)
                return -1;
        return digest_parse(json_get_string(json, "digest", ""), digest_out, err);
}

static DIR *open_references(const struct store *store)
{
        int fd = openat(store->root_fd, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

static bool is_reference_file(const char *name)
{
        return name[0] != '.' && name[strlen(name) - 1] != '~';
}

/* Exact full name. */
static int load_named(const struct store *store, const char *reference, struct image *image_out,
                      struct error *err)
{
        AUTO_FREE char *file = escape_name(reference);
        struct digest digest;

        if (read_reference(store, file, &digest, err) < 0 ||
            load_manifest(store, &digest, image_out, err) < 0)
                return -1;
        strv_add(&image_out->names, reference);
        return 0;
}

/* A stored name of any registry that ends in the short name. */
static char *find_by_tail(const struct store *store, const struct reference *ref)
{
        DIR *dir = open_references(store);
        struct dirent *entry;
        char *found = NULL;

        while (dir && !found && (entry = readdir(dir))) {
                AUTO_FREE char *name = unescape_name(entry->d_name);

                if (is_reference_file(entry->d_name) && reference_matches(ref, name))
                        found = take_ptr(name);
        }
        if (dir)
                closedir(dir);
        return found;
}

static int lookup_reference(const struct store *store, const char *name, struct image *image_out,
                            struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) names = { 0 };
        AUTO_FREE char *tail = NULL;

        if (reference_parse(name, &ref, err) < 0)
                return -1;
        reference_candidates(&ref, &names);
        for (size_t i = 0; i < names.count; i++) {
                struct error why = { 0 };

                if (load_named(store, names.items[i], image_out, &why) == 0)
                        return 0;
                if (why.sys != ENOENT)
                        return error_copy(err, &why);
        }
        tail = find_by_tail(store, &ref);
        if (tail)
                return load_named(store, tail, image_out, err);
        return error_set(err, ERROR_NOT_FOUND, "%s: image not known", name);
}

static bool is_hex(const char *text)
{
        return text[0] && strspn(text, "0123456789abcdef") == strlen(text);
}

static int lookup_id(const struct store *store, const char *prefix, struct image *image_out,
                     struct error *err)
{
        struct image_list list;
        size_t found = 0, at = 0;

        if (image_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (strncmp(list.items[i].id, prefix, strlen(prefix)) == 0) {
                        found++;
                        at = i;
                }
        if (found == 1) {
                *image_out = list.items[at];
                list.items[at] = (struct image){ 0 };
        }
        image_list_release(&list);
        if (found > 1)
                return error_set(err, ERROR_INVALID, "image ID prefix \"%s\" stands for %zu images",
                                 prefix, found);
        return found ? 0 : error_set(err, ERROR_NOT_FOUND, "%s: image not known", prefix);
}

int image_lookup(const struct store *store, const char *name, struct image *image_out,
                 struct error *err)
{
        const char *bare = strncmp(name, "sha256:", 7) == 0 ? name + 7 : name;
        struct error why = { 0 };

        if (bare == name && lookup_reference(store, name, image_out, &why) == 0)
                return 0;
        if (is_hex(bare) && (bare != name || why.kind == ERROR_NOT_FOUND))
                return lookup_id(store, bare, image_out, err);
        return error_copy(err, &why);
}

void image_list_release(struct image_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                image_release(&list->items[i]);
        free(list->items);
        *list = (struct image_list){ 0 };
}

static struct image *find_manifest(struct image_list *list, const struct digest *digest)
{
        for (size_t i = 0; i < list->count; i++)
                if (digest_equal(&list->items[i].manifest, digest))
                        return &list->items[i];
        return NULL;
}

static void add_reference(const struct store *store, struct image_list *list, const char *file)
{
        AUTO_FREE char *name = unescape_name(file);
        struct digest digest;
        struct image *image;

        if (read_reference(store, file, &digest, NULL) < 0)
                return;
        image = find_manifest(list, &digest);
        if (!image) {
                list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
                image = &list->items[list->count];
                if (load_manifest(store, &digest, image, NULL) < 0)
                        return;
                list->count++;
        }
        /* A file named by a digest alone keeps an image that has no name. */
        if (strncmp(name, "sha256:", 7) != 0)
                strv_take(&image->names, take_ptr(name));
}

static int newest_first(const void *a, const void *b)
{
        const struct image *x = a, *y = b;

        return (x->created < y->created) - (x->created > y->created);
}

int image_list_load(const struct store *store, struct image_list *list_out, struct error *err)
{
        struct image_list list = { 0 };
        DIR *dir = open_references(store);
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "open the list of images");
        while ((entry = readdir(dir)))
                if (is_reference_file(entry->d_name))
                        add_reference(store, &list, entry->d_name);
        closedir(dir);
        if (list.count)
                qsort(list.items, list.count, sizeof(*list.items), newest_first);
        *list_out = list;
        return 0;
}

static int write_reference(const struct store *store, const char *file, const struct digest *digest,
                           size_t size, const char *media_type, struct error *err)
{
        AUTO_FREE char *path = path_join("images", file);
        AUTO_JSON json_t *json = json_pack("{s:s, s:s, s:I}", "mediaType", media_type, "digest",
                                           digest->text, "size", (json_int_t)size);

        return json_write_file(store->root_fd, path, json, 0600, err);
}

/* An image whose last name moves away keeps one by its digest, and is listed as <none>. */
static int keep_old(const struct store *store, const char *file, const struct digest *replacement,
                    struct error *err)
{
        struct digest old;

        if (read_reference(store, file, &old, NULL) < 0 || digest_equal(&old, replacement))
                return 0;
        return write_reference(store, old.text, &old, 0, MEDIA_OCI_MANIFEST, err);
}

int image_publish(const struct store *store, const char *reference, const struct digest *manifest,
                  size_t manifest_size, const char *media_type, struct error *err)
{
        AUTO_FREE char *file = escape_name(reference);
        AUTO_FREE char *nameless = path_join("images", manifest->text);

        if (keep_old(store, file, manifest, err) < 0 ||
            write_reference(store, file, manifest, manifest_size, media_type, err) < 0)
                return -1;
        if (strcmp(reference, manifest->text) != 0)
                (void)unlinkat(store->root_fd, nameless, 0);
        return 0;
}

void image_touch(const struct store *store, const struct image *image)
{
        AUTO_FREE char *file = image->names.count ? escape_name(image->names.items[0]) : NULL;
        AUTO_FREE char *path = file ? path_join("images", file) : NULL;

        if (path)
                (void)utimensat(store->root_fd, path, NULL, 0);
}

int image_ensure_layers(const struct store *store, const struct image *image, const char *mapping,
                        struct error *err)
{
        for (size_t i = 0; i < image->layer_count; i++) {
                struct layer_source source = { .compression = LAYER_DETECT,
                                               .diff_id = &image->diff_ids[i],
                                               .mapping = mapping };

                if (!layer_exists(store, &image->diff_ids[i], mapping) &&
                    layer_unpack_blob(store, &image->layers[i], &source, err) < 0)
                        return -1;
        }
        return implied_dirs_fix(store, image->diff_ids, image->layer_count, mapping, err);
}
