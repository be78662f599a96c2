/* See volumes.h. */
#include "engine/container/volumes.h"

#include "base/cleanup.h"

#include <string.h>

bool container_has_volume(const struct container_spec *spec, const char *name)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (spec->mounts[i].volume && strcmp(spec->mounts[i].volume, name) == 0)
                        return true;
        return false;
}

void volume_users(const struct container_list *list, const char *name, struct strv *ids)
{
        for (size_t i = 0; i < list->count; i++)
                if (container_has_volume(&list->items[i].spec, name))
                        strv_add(ids, list->items[i].id);
}

static int in_use(const char *name, const struct strv *ids, struct error *err)
{
        AUTO_FREE char *text = strv_join(ids, ", ");

        return error_set(err, ERROR_IN_USE,
                         "volume %s is being used by the following container(s): %s: volume is "
                         "being used",
                         name, text);
}

int volume_remove(const struct store *store, const char *name, struct error *err)
{
        AUTO(staging) grave = STAGING_EMPTY;
        AUTO_CLOSE int lock = store_lock_exclusive(store, err);
        AUTO(container_list) list = { 0 };
        AUTO(strv) ids = { 0 };

        if (lock < 0 || container_list_load(store, &list, err) < 0)
                return -1;
        volume_users(&list, name, &ids);
        if (ids.count)
                return in_use(name, &ids, err);
        return volume_bury(store, name, &grave, err);
}

static bool has_anonymous(const struct container_spec *spec)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (spec->mounts[i].anonymous)
                        return true;
        return false;
}

void container_volumes_bury(const struct store *store, const struct container_spec *spec,
                            struct staging *grave)
{
        AUTO_CLOSE int lock = -1;
        AUTO(container_list) list = { 0 };

        if (!has_anonymous(spec))
                return;
        lock = store_lock_exclusive(store, NULL);
        if (lock < 0 || container_list_load(store, &list, NULL) < 0)
                return;
        for (size_t i = 0; i < spec->mount_count; i++) {
                const struct container_mount *m = &spec->mounts[i];
                AUTO(strv) ids = { 0 };

                if (!m->anonymous)
                        continue;
                volume_users(&list, m->volume, &ids);
                if (ids.count == 0)
                        (void)volume_bury(store, m->volume, grave, NULL);
        }
}

void container_volumes_remove(const struct store *store, const struct container_spec *spec)
{
        AUTO(staging) grave = STAGING_EMPTY;

        container_volumes_bury(store, spec, &grave);
}
