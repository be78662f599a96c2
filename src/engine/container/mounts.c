/* See mounts.h. Overlays and images are made by name, since a descriptor from before the mount
 * namespace was made belongs to another one, whose mounts cannot be cloned. */
#include "engine/container/mounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "engine/container/volume_fill.h"
#include "engine/runtime/mounting.h"
#include "engine/storage/layer.h"
#include "engine/storage/rootfs.h"
#include "engine/storage/volume.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool is_staged(const struct container_mount *m)
{
        return m->overlay || m->subpath || m->kind == MOUNT_IMAGE;
}

static char *stage_path(const struct store *store, const struct container *container, size_t i,
                        const char *suffix)
{
        return xasprintf("%s/containers/%s/mounts/%zu%s", store->root, container->id, i, suffix);
}

/* Where the files of a bind or a volume are on the host; NULL: nowhere. */
static int host_source(const struct store *store, const struct container_mount *m, char **path_out,
                       struct error *err)
{
        AUTO(volume) volume = { 0 };

        *path_out = NULL;
        if (m->kind == MOUNT_BIND)
                *path_out = xstrdup(m->source);
        if (m->kind != MOUNT_VOLUME)
                return 0;
        if (volume_load(store, m->volume, &volume, err) < 0)
                return -1;
        if (!volume_is_tmpfs(&volume))
                *path_out = volume_device(&volume) ? xstrdup(volume_device(&volume))
                                                   : volume_path(store, m->volume);
        return 0;
}

static const char *own_type(const struct container_mount *m)
{
        return m->kind == MOUNT_RAMFS ? "ramfs" : m->kind == MOUNT_DEVPTS ? "devpts" : "tmpfs";
}

int mounts_sources(const struct store *store, const struct container *container,
                   struct strv *sources_out, struct error *err)
{
        const struct container_spec *spec = &container->spec;

        for (size_t i = 0; i < spec->mount_count; i++) {
                const struct container_mount *m = &spec->mounts[i];
                char *path;

                if (host_source(store, m, &path, err) < 0)
                        return -1;
                if (is_staged(m)) {
                        free(path);
                        path = stage_path(store, container, i, "");
                }
                strv_take(sources_out, path ? path : xstrdup(own_type(m)));
        }
        return 0;
}

/* A volume that nothing was copied to and nobody was given yet. */
static bool wants_filling(const struct store *store, const struct container_mount *m)
{
        AUTO(volume) volume = { 0 };

        return m->kind == MOUNT_VOLUME && volume_load(store, m->volume, &volume, NULL) == 0 &&
               ((volume.needs_copy_up && !m->no_copy) || volume.needs_chown);
}

bool mounts_want_preparing(const struct store *store, const struct container *container)
{
        for (size_t i = 0; i < container->spec.mount_count; i++) {
                const struct container_mount *m = &container->spec.mounts[i];

                if (is_staged(m) || m->chown || wants_filling(store, m))
                        return true;
        }
        return false;
}

/* mount(2) separates options with commas and layers with colons. */
static void add_escaped(struct strbuf *text, const char *key, const char *path)
{
        strbuf_addf(text, "%s=", key);
        for (; *path; path++) {
                if (strchr("\\,:", *path))
                        strbuf_addc(text, '\\');
                strbuf_addc(text, *path);
        }
}

static int mount_overlay(const struct mounts_request *r, size_t i, const char *lower,
                         struct error *err)
{
        const struct container_mount *m = &r->container->spec.mounts[i];
        AUTO_FREE char *merged = stage_path(r->store, r->container, i, ".d/merged");
        AUTO_FREE char *upper =
                m->upper ? xstrdup(m->upper) : stage_path(r->store, r->container, i, ".d/upper");
        AUTO_FREE char *work =
                m->work ? xstrdup(m->work) : stage_path(r->store, r->container, i, ".d/work");
        AUTO(strbuf) options = { 0 };
        struct stat st;

        /* The directory shows with the owner and mode that it has below. */
        if (!m->upper && stat(lower, &st) == 0 &&
            (chmod(upper, st.st_mode & 07777) < 0 || chown(upper, st.st_uid, st.st_gid) < 0))
                return error_sys(err, errno, "prepare the overlay of %s", m->target);
        add_escaped(&options, "lowerdir", lower);
        add_escaped(&options, ",upperdir", upper);
        add_escaped(&options, ",workdir", work);
        strbuf_adds(&options, m->upper ? ",userxattr" : ",userxattr,volatile");
        if (mount("overlay", merged, "overlay", 0, options.data) < 0)
                return error_sys(err, errno, "mount an overlay of %s at %s", lower, m->target);
        return 0;
}

static int mount_image(const struct mounts_request *r, size_t i, struct error *err)
{
        const struct container_mount *m = &r->container->spec.mounts[i];
        const char *mapping = r->container->spec.mapping ? r->container->spec.mapping : "";
        AUTO(rootfs) rootfs = { .store = r->store, .disposable = true };
        AUTO_FREE char *merged = stage_path(r->store, r->container, i, ".d/merged");

        rootfs.container = xasprintf("containers/%s/mounts/%zu.d", r->container->id, i);
        for (size_t l = 0; l < m->layers.count; l++) {
                AUTO_FREE char *text = xasprintf("sha256:%s", m->layers.items[l]);
                AUTO_FREE char *dir = NULL;
                struct digest diff_id;

                if (digest_parse(text, &diff_id, err) < 0)
                        return -1;
                dir = layer_find(r->store, &diff_id, mapping);
                rootfs_add_layer(&rootfs, dir);
        }
        if (strv_contains(&m->options, "rw"))
                return rootfs_mount_overlay(&rootfs, err);
        return rootfs_mount_layers(&rootfs, merged, err);
}

/* The directory or file that the container is to see, as a mount at ID/mounts/N. */
static int show(const struct mounts_request *r, size_t i, const char *from, struct error *err)
{
        const struct container_mount *m = &r->container->spec.mounts[i];
        AUTO_FREE char *target = stage_path(r->store, r->container, i, "");
        AUTO_CLOSE int root_fd = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int fd = -1, mount_fd = -1, target_fd = -1;
        struct stat st;

        if (root_fd < 0)
                return error_sys(err, errno, "open %s", from);
        fd = path_open_in(root_fd, m->subpath ? m->subpath : ".", O_PATH, 0);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "subpath %s of %s", m->subpath ? m->subpath : ".",
                                 m->volume ? m->volume : m->source);
        if (S_ISDIR(st.st_mode) ? mkdir(target, 0700) < 0 : mknod(target, S_IFREG | 0600, 0) < 0)
                return error_sys(err, errno, "prepare the mount at %s", m->target);
        target_fd = open(target, O_PATH | O_CLOEXEC);
        mount_fd = mounting_clone(fd, "", true);
        if (target_fd < 0 || mount_fd < 0 || mounting_move(mount_fd, target_fd) < 0)
                return error_sys(err, errno, "prepare the mount at %s", m->target);
        return 0;
}

static int make_dirs(const struct mounts_request *r, size_t i, struct error *err)
{
        static const char *const dirs[] = { ".d/merged", ".d/upper", ".d/work" };

        for (size_t d = 0; d < ARRAY_SIZE(dirs); d++) {
                AUTO_FREE char *path = stage_path(r->store, r->container, i, dirs[d]);

                if (path_make_dirs(path, 0755, err) < 0)
                        return -1;
        }
        return 0;
}

static int stage(const struct mounts_request *r, size_t i, const char *source, struct error *err)
{
        const struct container_mount *m = &r->container->spec.mounts[i];
        AUTO_FREE char *merged = stage_path(r->store, r->container, i, ".d/merged");
        bool image = m->kind == MOUNT_IMAGE;

        if (make_dirs(r, i, err) < 0)
                return -1;
        if (image && mount_image(r, i, err) < 0)
                return -1;
        if (m->overlay && mount_overlay(r, i, source, err) < 0)
                return -1;
        return show(r, i, image || m->overlay ? merged : source, err);
}

static int fill(const struct mounts_request *r, const struct container_mount *m, char **root,
                struct error *err)
{
        struct volume_fill fill = {
                .store = r->store, .mount = m, .uid = r->uid, .gid = r->gid, .records = r->records
        };

        if (!wants_filling(r->store, m))
                return 0;
        if (!*root && r->root_show(r->data, root, err) < 0)
                return -1;
        fill.root = *root;
        return volume_fill(&fill, err);
}

static int prepare_one(const struct mounts_request *r, size_t i, char **root, struct error *err)
{
        const struct container_mount *m = &r->container->spec.mounts[i];
        AUTO_FREE char *source = NULL;

        if (fill(r, m, root, err) < 0 || host_source(r->store, m, &source, err) < 0)
                return -1;
        /* Under an overlay what is given away is the copy. */
        if (m->chown && source && !m->overlay &&
            volume_give(source, r->uid, r->gid, r->records, err) < 0)
                return -1;
        if (!is_staged(m))
                return 0;
        if (stage(r, i, source, err) < 0)
                return -1;
        if (m->chown && m->overlay) {
                AUTO_FREE char *shown = stage_path(r->store, r->container, i, "");

                return volume_give(shown, r->uid, r->gid, r->records, err);
        }
        return 0;
}

int mounts_prepare(const struct mounts_request *request, struct error *err)
{
        AUTO_FREE char *root = NULL;
        int rc = 0;

        mounts_undo(request->store, request->container); /* of a start that was cut short */
        for (size_t i = 0; rc == 0 && i < request->container->spec.mount_count; i++)
                rc = prepare_one(request, i, &root, err);
        if (root)
                request->root_hide(request->data);
        return rc;
}

void mounts_undo(const struct store *store, const struct container *container)
{
        bool staged = false;

        for (size_t i = 0; i < container->spec.mount_count; i++) {
                AUTO_FREE char *shown = stage_path(store, container, i, "");
                AUTO_FREE char *merged = stage_path(store, container, i, ".d/merged");

                if (!is_staged(&container->spec.mounts[i]))
                        continue;
                (void)umount2(shown, MNT_DETACH);
                (void)umount2(merged, MNT_DETACH);
                staged = true;
        }
        if (staged)
                (void)path_remove_tree(container->dir_fd, "mounts", NULL);
}
