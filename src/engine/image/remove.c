/* Removing images: names first, then, under the exclusive lock, every blob and layer that no image
 * and no container refers to. What to keep is read off the store, so nothing can be miscounted. */
#include "engine/image/remove.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/storage/blob.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

void image_removed_release(struct image_removed *removed)
{
        strv_release(&removed->untagged);
}

static DIR *open_dir(const struct store *store, const char *path)
{
        int fd = openat(store->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

/* What containers hold: image IDs and diffIDs. */
struct holders {
        struct strv image_ids, layers, containers;
};

static void holders_release(struct holders *h)
{
        strv_release(&h->image_ids);
        strv_release(&h->layers);
        strv_release(&h->containers);
}

static void load_holders(const struct store *store, struct holders *h)
{
        DIR *dir = open_dir(store, "containers");
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                AUTO_FREE char *path = xasprintf("containers/%s/spec", entry->d_name);
                AUTO_JSON json_t *json = NULL;

                if (entry->d_name[0] == '.' ||
                    json_read_file(store->root_fd, path, LIMIT_SPEC, &json, NULL) < 0)
                        continue;
                strv_add(&h->image_ids, json_get_string(json, "image_id", ""));
                strv_add(&h->containers, entry->d_name);
                json_to_strv(json_object_get(json, "layers"), &h->layers);
        }
        if (dir)
                closedir(dir);
}

static int check_unused(const struct holders *h, const struct image *image, struct error *err)
{
        for (size_t i = 0; i < h->image_ids.count; i++)
                if (strcmp(h->image_ids.items[i], image->id) == 0) {
                        error_set(err, ERROR_IN_USE,
                                  "image %.12s is in use by container %.12s: image "
                                  "is in use by a container",
                                  image->id, h->containers.items[i]);
                        return error_cure(err, "remove the container first: kelp rm %.12s",
                                          h->containers.items[i]);
                }
        return 0;
}

static void add_kept(const struct image_list *images, const struct holders *h, struct strv *blobs,
                     struct strv *layers)
{
        for (size_t i = 0; i < images->count; i++) {
                const struct image *image = &images->items[i];

                strv_add(blobs, digest_hex(&image->manifest));
                strv_add(blobs, digest_hex(&image->config_digest));
                for (size_t l = 0; l < image->layer_count; l++) {
                        strv_add(blobs, digest_hex(&image->layers[l]));
                        strv_add(layers, digest_hex(&image->diff_ids[l]));
                }
        }
        strv_extend(layers, &h->layers);
}

/* Entries of a directory whose first 64 characters are not in keep. */
static int sweep(const struct store *store, const char *dir_path, const struct strv *keep,
                 struct error *err)
{
        DIR *dir = open_dir(store, dir_path);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return error_sys(err, errno, "open %s in the store", dir_path);
        while (rc == 0 && (entry = readdir(dir))) {
                AUTO_FREE char *hex = xstrndup(entry->d_name, DIGEST_HEX_LEN);

                if (entry->d_name[0] != '.' && !strv_contains(keep, hex))
                        rc = path_remove_tree(dirfd(dir), entry->d_name, err);
        }
        closedir(dir);
        return rc;
}

static int collect(const struct store *store, const struct holders *h, struct error *err)
{
        struct image_list images;
        AUTO(strv) blobs = { 0 };
        AUTO(strv) layers = { 0 };

        if (image_list_load(store, &images, err) < 0)
                return -1;
        add_kept(&images, h, &blobs, &layers);
        image_list_release(&images);
        if (sweep(store, "layers", &layers, err) < 0)
                return -1;
        return sweep(store, "blobs/sha256", &blobs, err);
}

static int unname(const struct store *store, const char *reference, struct error *err)
{
        AUTO_FREE char *path = image_reference_path(reference);

        if (unlinkat(store->root_fd, path, 0) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove the name %s", reference);
        return 0;
}

/* All names of every image with this ID: one ID may stand behind several manifests. */
static int find_names(const struct store *store, const char *id, struct strv *names,
                      struct error *err)
{
        struct image_list images;

        if (image_list_load(store, &images, err) < 0)
                return -1;
        for (size_t i = 0; i < images.count; i++) {
                if (strcmp(images.items[i].id, id) != 0)
                        continue;
                strv_extend(names, &images.items[i].names);
                if (images.items[i].names.count == 0)
                        strv_add(names, images.items[i].manifest.text);
        }
        image_list_release(&images);
        return 0;
}

static int remove_names(const struct store *store, const struct strv *names,
                        struct image_removed *removed, struct error *err)
{
        for (size_t i = 0; i < names->count; i++) {
                if (unname(store, names->items[i], err) < 0)
                        return -1;
                if (strncmp(names->items[i], "sha256:", 7) != 0)
                        strv_add(&removed->untagged, names->items[i]);
        }
        return 0;
}

int image_remove(const struct store *store, const char *name, const struct image *image, bool force,
                 struct image_removed *removed_out, struct error *err)
{
        AUTO_CLOSE int lock = store_lock_exclusive(store, err);
        AUTO(holders) holders = { 0 };
        AUTO(strv) all = { 0 };
        bool by_name = !image_name_is_id(name, image);

        if (lock < 0 || find_names(store, image->id, &all, err) < 0)
                return -1;
        load_holders(store, &holders);
        if (!by_name && all.count > 1 && !force)
                return error_set(
                        err, ERROR_IN_USE,
                        "image %.12s has %zu names: unable to delete it by ID without force",
                        image->id, all.count);
        removed_out->deleted = !by_name || all.count <= 1;
        if (removed_out->deleted && check_unused(&holders, image, err) < 0)
                return -1;
        if (remove_names(store, by_name ? &image->names : &all, removed_out, err) < 0)
                return -1;
        return collect(store, &holders, err);
}
