/* Removing images. See remove.h; what else goes with them: collect.c. */
#include "engine/image/remove.h"

#include "base/cleanup.h"
#include "engine/image/collect.h"
#include "engine/image/name.h"
#include "engine/image/past.h"

#include <string.h>

void image_removed_release(struct image_removed *removed)
{
        strv_release(&removed->untagged);
        strv_release(&removed->parents);
}

static int check_unused(const struct store *store, const struct image *image, struct error *err)
{
        AUTO(holders) holders = { 0 };
        const char *container;

        holders_load(store, &holders);
        container = holders_find(&holders, image->id);
        if (!container)
                return 0;
        if (!container[0])
                return error_set(err, ERROR_IN_USE, "image %.12s is in use by a build under way",
                                 image->id);
        error_set(err, ERROR_IN_USE,
                  "image used by %s: image is in use by a container: consider listing external "
                  "containers and force-removing image",
                  container);
        return error_cure(err, "remove the container first: kelp rm %.12s", container);
}

/* All names of every image with this ID: one ID may stand behind several manifests. */
static int find_names(const struct store *store, const char *id, const struct digest *manifest,
                      struct strv *names, struct error *err)
{
        struct name_list list;

        if (name_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (!list.items[i].read_only && (strcmp(list.items[i].id, id) == 0 ||
                                                 digest_equal(&list.items[i].digest, manifest)))
                        strv_add(names, list.items[i].reference);
        name_list_release(&list);
        return 0;
}

static int remove_names(const struct store *store, const struct strv *names,
                        struct image_removed *removed, struct error *err)
{
        for (size_t i = 0; i < names->count; i++) {
                if (name_remove(store, names->items[i], err) < 0)
                        return -1;
                if (!name_is_nameless(names->items[i]))
                        strv_add(&removed->untagged, names->items[i]);
        }
        return 0;
}

/* An ID stands for all names, but several only by force. NULL: refused. */
static const struct strv *choose_names(const struct image *image, const struct strv *all,
                                       bool force, struct error *err)
{
        if (!image->by_id)
                return &image->names;
        if (all->count <= 1 || force)
                return all;
        error_set(err, ERROR_IN_USE,
                  "image %.12s has %zu names: unable to delete it by ID without force", image->id,
                  all->count);
        return NULL;
}

/* Does anything need this one? */
static bool is_needed(const struct store *store, const struct name *name)
{
        AUTO(holders) holders = { 0 };
        struct name_list list;
        bool needed;

        holders_load(store, &holders);
        needed = holders_find(&holders, name->id) != NULL;
        if (name_list_load(store, &list, NULL) < 0)
                return true;
        for (size_t i = 0; i < list.count; i++)
                needed = needed || digest_equal(&list.items[i].parent, &name->digest);
        name_list_release(&list);
        return needed;
}

/* Images without a name that it was built of go with it, unless others were built of them too. */
static int remove_parents(const struct store *store, const struct digest *parent,
                          struct image_removed *removed, struct error *err)
{
        struct digest next = *parent;

        while (next.text[0]) {
                AUTO(name) name = { 0 };

                if (name_read(store, next.text, &name, NULL) < 0 || name.read_only ||
                    is_needed(store, &name))
                        return 0;
                if (name_remove(store, next.text, err) < 0)
                        return -1;
                past_forget(store, name.id);
                strv_add(&removed->parents, name.id);
                next = name.parent;
        }
        return 0;
}

static int remove_locked(const struct store *store, const char *name, bool force,
                         struct image_removed *removed, struct staging *condemned,
                         struct error *err)
{
        AUTO_CLOSE int lock = store_lock_exclusive(store, err);
        AUTO(image) image = { 0 };
        AUTO(strv) all = { 0 };
        const struct strv *chosen;

        if (lock < 0 || image_find(store, name, &image, err) < 0)
                return -1;
        if (image.read_only)
                return error_set(err, ERROR_IN_USE, "image %.12s is in a read-only store",
                                 image.id);
        if (find_names(store, image.id, &image.manifest, &all, err) < 0)
                return -1;
        chosen = choose_names(&image, &all, force, err);
        if (!chosen)
                return -1;
        memcpy(removed->id, image.id, sizeof(removed->id));
        removed->deleted = image.by_id || all.count <= 1;
        if (removed->deleted && check_unused(store, &image, err) < 0)
                return -1;
        if (remove_names(store, chosen, removed, err) < 0)
                return -1;
        if (removed->deleted) {
                past_forget(store, image.id);
                if (remove_parents(store, &image.parent, removed, err) < 0)
                        return -1;
                return collect(store, false, condemned, err);
        }
        for (size_t i = 0; i < removed->untagged.count; i++)
                past_note(store, image.id, removed->untagged.items[i]);
        return 0;
}

int image_remove(const struct store *store, const char *name, bool force,
                 struct image_removed *removed_out, struct error *err)
{
        AUTO(staging) condemned = STAGING_EMPTY;

        return remove_locked(store, name, force, removed_out, &condemned, err);
}

int image_untag(const struct store *store, const char *reference, struct error *err)
{
        AUTO_CLOSE int lock = store_lock_exclusive(store, err);
        AUTO(name) name = { 0 };
        AUTO(name) nameless = { 0 };
        AUTO(strv) all = { 0 };

        if (lock < 0 || name_read(store, reference, &name, err) < 0 ||
            find_names(store, name.id, &name.digest, &all, err) < 0)
                return -1;
        if (name.read_only)
                return error_set(err, ERROR_IN_USE, "%s is in a read-only store", reference);
        if (all.count == 1 && !name_is_nameless(reference)) {
                name_copy(&nameless, &name, name.digest.text);
                if (name_write(store, &nameless, err) < 0)
                        return -1;
        }
        past_note(store, name.id, reference);
        return name_remove(store, reference, err);
}
