/* Reading an image's files. See view.h. */
#include "engine/build/view.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/copy.h"
#include "engine/storage/layer.h"
#include "engine/storage/rootfs.h"
#include "rootless/override.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

int view_enter(struct error *err)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        return 0;
}

static void find_layers(const struct store *store, const struct image *image, struct rootfs *rootfs)
{
        for (size_t i = 0; i < image->layer_count; i++) {
                AUTO_FREE char *dir = layer_find(store, &image->diff_ids[i], userns_own_mapping());

                rootfs_add_layer(rootfs, dir);
        }
}

/* Where the kernel makes no overlay. */
static int copy_files(const struct rootfs *rootfs, struct view *view, struct error *err)
{
        AUTO_FREE char *upper = path_join(view->place, "upper");
        bool shared;

        if (mkdirat(rootfs->store->root_fd, upper, 0755) < 0)
                return error_sys(err, errno, "create a directory for a copy of the image");
        if (copy_make(rootfs, view->recorded, &shared, err) < 0)
                return -1;
        view->path = xasprintf("%s/%s/copy", rootfs->store->root, view->place);
        return 0;
}

static int mount_files(const struct rootfs *rootfs, struct view *view, struct error *err)
{
        AUTO_CLOSE int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_FREE char *target = xasprintf("%s/%s/root", rootfs->store->root, view->place);
        struct error why = { 0 };
        int rc = rootfs_mount_layers(rootfs, target, &why);

        if (here >= 0)
                (void)!fchdir(here);
        if (rc < 0 && why.kind == ERROR_NO_OVERLAY)
                return copy_files(rootfs, view, err);
        if (rc < 0)
                return error_copy(err, &why);
        view->mounted = true;
        view->path = take_ptr(target);
        return 0;
}

int view_open(const struct store *store, const struct staging *staging, const struct image *image,
              struct view *view_out, struct error *err)
{
        static unsigned number;
        struct view view = VIEW_EMPTY;
        AUTO(rootfs) rootfs = { .store = store };
        AUTO_FREE char *root = NULL;

        view.place = xasprintf("staging/%s/view-%d-%u", staging->name, getpid(), ++number);
        view.recorded = userns_mapping_records(userns_own_mapping());
        rootfs.container = xstrdup(view.place);
        root = path_join(view.place, "root");
        if (mkdirat(store->root_fd, view.place, 0700) < 0 ||
            mkdirat(store->root_fd, root, 0755) < 0) {
                error_sys(err, errno, "create a directory to mount the image at");
                view_close(store, &view);
                return -1;
        }
        if (image)
                find_layers(store, image, &rootfs);
        if (rootfs.layers.count == 0)
                view.path = path_join(store->root, root);
        else if (mount_files(&rootfs, &view, err) < 0) {
                view_close(store, &view);
                return -1;
        }
        view.fd = open(view.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (view.fd < 0) {
                error_sys(err, errno, "open %s", view.path);
                view_close(store, &view);
                return -1;
        }
        *view_out = view;
        return 0;
}

void view_close(const struct store *store, struct view *view)
{
        if (view->fd >= 0)
                close(view->fd);
        if (view->mounted)
                (void)umount2(view->path, MNT_DETACH);
        if (view->place)
                (void)path_remove_tree(store->root_fd, view->place, NULL);
        free(view->path);
        free(view->place);
        *view = VIEW_EMPTY;
}

int view_stat(const struct view *view, int dir_fd, const char *name, struct stat *st_out)
{
        const struct override_place place = {
                .fd = -1, .dir_fd = dir_fd, .name = name, .st = st_out
        };
        struct override override = { 0 };

        if (fstatat(dir_fd, name, st_out, AT_SYMLINK_NOFOLLOW) < 0)
                return -1;
        if (view->recorded) {
                (void)override_get(&place, &override);
                override_apply(&override, st_out);
        }
        return 0;
}

char *view_path_of(const struct view *view, int fd)
{
        size_t len = strlen(view->path);
        char link[32], path[PATH_MAX];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof(path) - 1);
        if (n < 0)
                return NULL;
        path[n] = '\0';
        if (strncmp(path, view->path, len) != 0 || (path[len] && path[len] != '/'))
                return NULL;
        return xstrdup(path[len] ? path + len : "/");
}

static bool is_dir(int fd)
{
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "a/b" and "c" -> "a/b/c" with single slashes. */
static char *join(const char *dir, const char *rest)
{
        return xasprintf("%s%s%s", strcmp(dir, "/") == 0 ? "" : dir, rest[0] ? "/" : "", rest);
}

char *view_resolve(const struct view *view, const char *path)
{
        AUTO_FREE char *rooted = join("", path);
        AUTO_FREE char *known = path_clean(rooted);
        AUTO_FREE char *rest = xstrdup("");

        for (;;) {
                AUTO_CLOSE int fd = path_open_in(view->fd, known, O_PATH, 0);
                AUTO_FREE char *found = fd >= 0 ? view_path_of(view, fd) : NULL;
                char *slash = strrchr(known, '/'), *longer;

                if (found && (!rest[0] || is_dir(fd)))
                        return join(found, rest);
                if (fd >= 0)
                        errno = ENOTDIR;
                if (fd >= 0 || errno != ENOENT || !slash)
                        return NULL;
                longer = join(slash + 1, rest);
                free(rest);
                rest = longer;
                slash[slash == known ? 1 : 0] = '\0';
        }
}
