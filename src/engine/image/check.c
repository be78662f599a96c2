/* Checking the store. See check.h.
 *
 * From the top down: each name must have its manifest, the manifest its config and blobs, the
 * config its layers. Then from the bottom up: what is there and was not met on the way is garbage.
 */
#include "engine/image/check_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/image/collect.h"
#include "engine/image/image.h"
#include "engine/image/manifest.h"
#include "engine/image/name.h"
#include "engine/storage/blob.h"
#include "engine/storage/implied.h"
#include "engine/storage/layer.h"
#include "engine/storage/layer_check.h"
#include "rootless/userns.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void findings_release(struct findings *findings)
{
        for (size_t i = 0; i < findings->count; i++)
                free(findings->items[i].what);
        free(findings->items);
        *findings = (struct findings){ 0 };
}

struct finding *check_report(struct checker *c, enum finding_kind kind, const char *format, ...)
{
        struct findings *f = c->findings;
        va_list args;
        char *what;

        va_start(args, format);
        what = xvasprintf(format, args);
        va_end(args);
        f->items = xreallocarray(f->items, f->count + 1, sizeof(*f->items));
        f->items[f->count] = (struct finding){ .kind = kind, .what = what };
        return &f->items[f->count++];
}

static bool met(struct checker *c, const char *what)
{
        if (strv_contains(&c->checked, what))
                return true;
        strv_add(&c->checked, what);
        return false;
}

/* Blobs. */

static bool blob_is_whole(const struct store *store, const struct digest *digest)
{
        AUTO_FREE char *piece = xmalloc(1 << 20);
        AUTO_CLOSE int fd = -1;
        struct digest_context hash;
        struct digest actual;
        ssize_t n;

        if (blob_open(store, digest, &fd, NULL, NULL) < 0)
                return false;
        digest_init(&hash);
        while ((n = read(fd, piece, 1 << 20)) > 0)
                digest_update(&hash, piece, (size_t)n);
        digest_final(&hash, &actual);
        return n == 0 && digest_equal(&actual, digest);
}

static void check_blob(struct checker *c, const struct digest *digest, const char *owner)
{
        struct finding *f;

        if (met(c, digest->text))
                return;
        if (!blob_exists(c->store, digest)) {
                check_report(c, FINDING_DAMAGE, "%s: blob %s is missing; pull it again", owner,
                             digest->text);
                return;
        }
        if (c->options->quick || blob_is_whole(c->store, digest))
                return;
        f = check_report(c, FINDING_DAMAGE, "%s: blob %s is damaged; pull it again", owner,
                         digest->text);
        if (c->options->repair)
                f->repaired = blob_remove(c->store, digest, NULL) == 0;
}

/* Layers. */

static bool find_maps(const struct store *store, const struct image *image, const char *mapping,
                      struct id_maps *maps_out)
{
        for (size_t i = 0; i < image->layer_count; i++)
                if (layer_maps(store, &image->diff_ids[i], mapping, maps_out))
                        return true;
        return false;
}

static int unpack_again(struct checker *c, const struct image *image, size_t layer,
                        const char *mapping, struct error *err)
{
        struct layer_source source = { .compression = LAYER_DETECT,
                                       .diff_id = &image->diff_ids[layer],
                                       .mapping = mapping };
        AUTO(staging) grave = STAGING_EMPTY;
        AUTO_FREE char *path = layer_path(&image->diff_ids[layer], mapping);
        struct intake *intake;
        struct id_maps maps;
        int rc;

        /* A copy for a map of a container's: its own note says which, or another layer's. */
        if (strcmp(mapping, userns_own_mapping()) != 0) {
                if (!find_maps(c->store, image, mapping, &maps))
                        return error_set(err, ERROR_NOT_FOUND, "its id map is not known any more");
                source.maps = &maps;
        }
        if (intake_open(c->store, "repair", &intake, err) < 0)
                return -1;
        rc = layer_unpack_blob(intake, &image->layers[layer], &source, err);
        if (rc == 0)
                rc = staging_create(c->store, "removed", &grave, err);
        if (rc == 0 && renameat(c->store->root_fd, path, grave.dir_fd, "layer") < 0)
                rc = error_sys(err, errno, "take the damaged layer away");
        if (rc == 0)
                rc = implied_dirs_fix(intake, image->diff_ids, image->layer_count, mapping, err);
        if (rc == 0)
                rc = intake_commit(intake, NULL, err);
        intake_close(intake);
        return rc;
}

/* The mapping in the name of a layer's directory, or NULL when it is not of this layer. */
static const char *mapping_of(const char *entry, const struct digest *diff_id)
{
        if (strncmp(entry, digest_hex(diff_id), DIGEST_HEX_LEN) != 0)
                return NULL;
        if (entry[DIGEST_HEX_LEN] == '\0')
                return "";
        return entry[DIGEST_HEX_LEN] == '.' ? entry + DIGEST_HEX_LEN + 1 : NULL;
}

static void check_layer_as(struct checker *c, const struct image *image, size_t layer,
                           const char *mapping, const char *owner)
{
        struct error why = { 0 };
        struct finding *f;

        if (layer_check(c->store, &image->diff_ids[layer], mapping,
                        c->options->quick ? NULL : &image->layers[layer], &why) == 0)
                return;
        f = check_report(c, FINDING_DAMAGE, "%s: layer %.19s is damaged: %s", owner,
                         image->diff_ids[layer].text, why.text);
        if (c->options->repair)
                f->repaired = unpack_again(c, image, layer, mapping, NULL) == 0;
}

static void check_layer(struct checker *c, const struct image *image, size_t layer,
                        const char *owner)
{
        int fd = openat(c->store->root_fd, "layers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                const char *mapping = mapping_of(entry->d_name, &image->diff_ids[layer]);

                if (mapping && !met(c, entry->d_name))
                        check_layer_as(c, image, layer, mapping, owner);
        }
        if (dir)
                closedir(dir);
}

/* Images. */

static void check_image(struct checker *c, struct image *image, const char *owner)
{
        for (size_t i = 0; i < image->layer_count; i++) {
                check_blob(c, &image->layers[i], owner);
                check_layer(c, image, i, owner);
        }
}

static void check_name(struct checker *c, const struct name *name)
{
        AUTO(image) image = { .manifest = name->digest };
        struct error why = { 0 };
        struct finding *f;

        if (image_fill(c->store, &image, &why) == 0) {
                check_image(c, &image, name->reference);
                return;
        }
        /* A list may name images that were never fetched. */
        if (name->list && blob_is_whole(c->store, &name->digest))
                return;
        f = check_report(c, FINDING_DAMAGE, "%s: %s", name->reference, why.text);
        if (c->options->repair && c->options->force)
                f->repaired = name_remove(c->store, name->reference, NULL) == 0;
}

static int check_names(struct checker *c, struct error *err)
{
        struct name_list names;

        if (name_list_load(c->store, &names, err) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++)
                if (!names.items[i].read_only)
                        check_name(c, &names.items[i]);
        name_list_release(&names);
        return 0;
}

/* Directories whose entries are looked at one by one. */
int check_each(struct checker *c, const char *path,
               void (*visit)(struct checker *c, int dir_fd, const char *entry), struct error *err)
{
        int fd = openat(c->store->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "open %s in the store", path);
        while ((entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        visit(c, dirfd(dir), entry->d_name);
        closedir(dir);
        return 0;
}

void check_remove(struct checker *c, struct finding *f, int dir_fd, const char *entry)
{
        if (c->options->repair)
                f->repaired = path_remove_tree(dir_fd, entry, NULL) == 0;
}

/* A name file that cannot be read, or one that was half written. */
static void visit_name(struct checker *c, int dir_fd, const char *entry)
{
        AUTO_JSON json_t *json = NULL;
        struct error why = { 0 };
        struct digest digest;

        if (entry[strlen(entry) - 1] == '~') {
                check_remove(
                        c,
                        check_report(c, FINDING_GARBAGE, "images/%s was left half written", entry),
                        dir_fd, entry);
                return;
        }
        if (json_read_file(dir_fd, entry, LIMIT_STATE, &json, &why) < 0 ||
            digest_parse(json_get_string(json, "digest", ""), &digest, &why) < 0) {
                struct finding *f =
                        check_report(c, FINDING_DAMAGE, "images/%s: %s", entry, why.text);

                if (c->options->force)
                        check_remove(c, f, dir_fd, entry);
        }
}

/* What collect() would take. */
static void report_unreferenced(struct checker *c, const char *path, const struct strv *kept)
{
        int fd = openat(c->store->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                AUTO_FREE char *hex = xstrndup(entry->d_name, DIGEST_HEX_LEN);

                if (entry->d_name[0] != '.' && !keep_has(kept, hex))
                        check_remove(c,
                                     check_report(c, FINDING_GARBAGE, "nothing refers to %s/%.12s",
                                                  path, entry->d_name),
                                     dirfd(dir), entry->d_name);
        }
        if (dir)
                closedir(dir);
}

/* Staging directories of dead processes: one whose lock can be had. */
static void visit_staging(struct checker *c, int dir_fd, const char *entry)
{
        size_t len = strlen(entry);
        AUTO_CLOSE int fd = -1;
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        if (len < 5 || strcmp(entry + len - 5, ".lock") != 0)
                return;
        fd = openat(dir_fd, entry, O_RDWR | O_CLOEXEC);
        if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type != F_UNLCK)
                return;
        check_report(c, FINDING_GARBAGE, "staging/%.*s was left by a process that died",
                     (int)len - 5, entry)
                ->repaired = c->options->repair && staging_sweep(c->store, NULL) == 0;
}

static int check_garbage(struct checker *c, struct error *err)
{
        AUTO(keep) keep = { 0 };

        if (keep_load(c->store, &keep, err) < 0)
                return -1;
        report_unreferenced(c, "layers", &keep.layers);
        report_unreferenced(c, "blobs/sha256", &keep.blobs);
        if (check_object_names(c, err) < 0)
                return -1;
        return check_each(c, "staging", visit_staging, err);
}

int store_check(const struct store *store, const struct check_options *options,
                struct findings *findings_out, struct error *err)
{
        AUTO_CLOSE int lock = store_lock_exclusive(store, err);
        AUTO(findings) findings = { 0 };
        struct checker c = { .store = store, .options = options, .findings = &findings };
        int rc;

        if (lock < 0)
                return -1;
        rc = check_each(&c, "images", visit_name, err);
        if (rc == 0)
                rc = check_objects(&c, err);
        if (rc == 0)
                rc = check_names(&c, err);
        if (rc == 0)
                rc = check_garbage(&c, err);
        strv_release(&c.checked);
        if (rc < 0)
                return -1;
        *findings_out = findings;
        findings = (struct findings){ 0 };
        return 0;
}
