/* A container's root file system out of its spec. */
#include "engine/container/rootfs_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/container/infra.h"
#include "engine/storage/layer.h"

#include <fcntl.h>

void rootfs_of(const struct store *store, const struct container *container,
               struct rootfs *rootfs_out)
{
        const struct container_spec *spec = &container->spec;
        const char *mapping = spec->mapping ? spec->mapping : "";
        struct rootfs rootfs = { .store = store,
                                 .copied = container->state.driver == STORAGE_COPY };

        rootfs.container = path_join("containers", container->id);
        rootfs.bare = spec->rootfs && !spec->rootfs_overlay;
        rootfs.disposable = spec->auto_remove || spec->builder || spec->infra;
        if (spec->rootfs)
                strv_add(&rootfs.layers, spec->rootfs);
        if (infra_has_own_root(spec))
                strv_addf(&rootfs.layers, "%s/" INFRA_LAYER, rootfs.container);
        for (size_t i = 0; i < spec->layers.count; i++) {
                AUTO_FREE char *text = xasprintf("sha256:%s", spec->layers.items[i]);
                AUTO_FREE char *dir = NULL;
                struct digest diff_id;

                if (digest_parse(text, &diff_id, NULL) < 0)
                        continue; /* the spec is damaged: what is missing shows at the start */
                dir = layer_find(store, &diff_id, mapping);
                rootfs_add_layer(&rootfs, dir);
        }
        *rootfs_out = rootfs;
}

int rootfs_check_layers(const struct rootfs *rootfs, struct error *err)
{
        for (size_t i = 0; i < rootfs->layers.count; i++)
                if (faccessat(rootfs->store->root_fd, rootfs->layers.items[i], F_OK, 0) < 0) {
                        error_sys(err, errno, "layer %s of the container's image",
                                  rootfs->layers.items[i]);
                        return error_cure(err, "pull the image again");
                }
        return 0;
}

int rootfs_resolve_user(const struct rootfs *rootfs, const char *text,
                        struct container_user *user_out, struct error *err)
{
        AUTO_FREE char *passwd = NULL;
        AUTO_FREE char *group = NULL;

        (void)rootfs_read_file(rootfs, "etc/passwd", LIMIT_PASSWD, &passwd, NULL);
        (void)rootfs_read_file(rootfs, "etc/group", LIMIT_PASSWD, &group, NULL);
        return user_resolve(text, passwd, group, user_out, err);
}

int rootfs_add_groups(const struct rootfs *rootfs, const struct strv *groups,
                      struct container_user *user, struct error *err)
{
        AUTO_FREE char *group = NULL;

        if (groups->count == 0 || strv_contains(groups, GROUPS_KEEP))
                return 0;
        (void)rootfs_read_file(rootfs, "etc/group", LIMIT_PASSWD, &group, NULL);
        return user_add_groups(groups, group, user, err);
}
