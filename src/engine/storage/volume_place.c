/* The directory of the volumes. See volume_place.h. */
#include "engine/storage/volume_place.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/volume.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define VOLUMES  "volumes"
#define OWNER    ".store"       /* in it: a link to the store whose volumes these are */
#define NEW_LINK "volumes.link" /* while the two are exchanged */

/* 0: it is a directory of the store. */
static size_t read_link(const struct store *store, char target_out[PATH_MAX])
{
        ssize_t len = readlinkat(store->root_fd, VOLUMES, target_out, PATH_MAX - 1);

        target_out[len > 0 ? len : 0] = '\0';
        return len > 0 ? (size_t)len : 0;
}

char *volume_place(const struct store *store)
{
        char target[PATH_MAX];

        if (read_link(store, target) == 0)
                return path_join(store->root, VOLUMES);
        return target[0] == '/' ? xstrdup(target) : path_join(store->root, target);
}

bool volume_place_is_store(const struct store *store)
{
        char target[PATH_MAX];

        return read_link(store, target) == 0;
}

int volume_place_staging(const struct store *store, const char *what, struct staging *staging_out,
                         struct error *err)
{
        AUTO_FREE char *place = NULL;

        if (volume_place_is_store(store))
                return staging_create(store, what, staging_out, err);
        if (staging_create_in(store, STAGING_OF_VOLUMES, what, staging_out, err) == 0)
                return 0;
        place = volume_place(store);
        return error_context(err, "the volumes are in %s", place);
}

static bool same_dir(int fd, int dir_fd, const char *path)
{
        struct stat a, b;

        return fstat(fd, &a) == 0 && fstatat(dir_fd, path, &b, 0) == 0 && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
}

/* Another store has the directory, and is there still. owner: which one claims it, or "". */
static bool is_others(const struct store *store, int fd, char owner[PATH_MAX])
{
        ssize_t len = readlinkat(fd, OWNER, owner, PATH_MAX - 1);
        AUTO_FREE char *volumes = NULL;

        owner[len > 0 ? len : 0] = '\0';
        if (!owner[0] || same_dir(store->root_fd, AT_FDCWD, owner))
                return false;
        volumes = path_join(owner, VOLUMES);
        return same_dir(fd, AT_FDCWD, volumes);
}

static int refuse_others(const char *dir, const char *owner, struct error *err)
{
        return error_set(err, ERROR_EXISTS, "%s has the volumes of the store %s", dir, owner);
}

/* Two stores would remove each other's volumes: neither knows the other's containers. The caller
 * has the directory's lock. */
static int claim(const struct store *store, const char *dir, int fd, struct error *err)
{
        char owner[PATH_MAX];

        if (is_others(store, fd, owner))
                return refuse_others(dir, owner, err);
        if (strcmp(owner, store->root) == 0)
                return 0;
        if ((owner[0] && unlinkat(fd, OWNER, 0) < 0) || symlinkat(store->root, fd, OWNER) < 0)
                return error_sys(err, errno, "link " OWNER " in %s", dir);
        return 0;
}

int volume_place_check_own(const struct store *store, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        AUTO_FREE char *place = NULL;
        char owner[PATH_MAX];

        if (volume_place_is_store(store))
                return 0;
        fd = openat(store->root_fd, VOLUMES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || !is_others(store, fd, owner))
                return 0;
        place = volume_place(store);
        return refuse_others(place, owner, err);
}

/* 1: it is where they are already. */
static int open_place(const struct store *store, const char *dir, int *fd_out, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        struct stat st;

        if (path_make_dirs(dir, 0700, err) < 0)
                return -1;
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "open %s", dir);
        if (st.st_uid != geteuid() && geteuid() != 0)
                return error_set(err, ERROR_DENIED, "%s belongs to somebody else", dir);
        *fd_out = take_fd(&fd);
        return same_dir(*fd_out, store->root_fd, VOLUMES);
}

static int used_elsewhere(const struct store *store, const char *dir, struct error *err)
{
        AUTO_FREE char *now = volume_place(store);

        error_set(err, ERROR_EXISTS, "the volumes of this store are in %s, they cannot be in %s",
                  now, dir);
        return error_cure(err, "without --volumepath they are used where they are");
}

/* The link takes the place of the empty directory at once. */
static int put_link(const struct store *store, const char *dir, struct error *err)
{
        /* A killed one leaves the link, or the directory when they are exchanged. */
        (void)unlinkat(store->root_fd, NEW_LINK, 0);
        (void)unlinkat(store->root_fd, NEW_LINK, AT_REMOVEDIR);
        if (symlinkat(dir, store->root_fd, NEW_LINK) < 0)
                return error_sys(err, errno, "link " NEW_LINK " to %s", dir);
        if (renameat2(store->root_fd, NEW_LINK, store->root_fd, VOLUMES, RENAME_EXCHANGE) < 0) {
                error_sys(err, errno, "link volumes to %s", dir);
                (void)unlinkat(store->root_fd, NEW_LINK, 0);
                return -1;
        }
        (void)unlinkat(store->root_fd, NEW_LINK, AT_REMOVEDIR);
        return 0;
}

/* A directory of the store in which nothing is. Who makes a volume has the store's lock
 * (volume_create()), so it stays empty for as long as the caller has it alone. */
static bool can_move(const struct store *store)
{
        int fd = openat(store->root_fd, VOLUMES, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        size_t entries = 0;

        while (dir && readdir(dir))
                entries++;
        if (dir)
                closedir(dir);
        return dir && entries <= 2; /* "." and ".." */
}

int volume_place_set(const struct store *store, const char *dir, struct error *err)
{
        AUTO_FREE char *path = path_absolute(dir);
        AUTO_CLOSE int fd = -1;
        AUTO_CLOSE int lock = -1;
        int rc = open_place(store, path, &fd, err);

        if (rc != 0)
                return rc < 0 ? -1 : 0;
        lock = store_lock_exclusive(store, err);
        if (lock < 0)
                return -1;
        if (same_dir(fd, store->root_fd, VOLUMES)) /* another was first */
                return 0;
        if (!can_move(store))
                return used_elsewhere(store, path, err);
        /* Of another store that takes the same directory; a file system without such locks goes
         * without. */
        (void)flock(fd, LOCK_EX);
        return claim(store, path, fd, err) < 0 ? -1 : put_link(store, path, err);
}

static int clear_one(const struct store *store, const char *name, struct error *err)
{
        AUTO_FREE char *path = path_join(VOLUMES, name);

        return path_remove_tree(store->root_fd, path, err);
}

int volume_place_clear(const struct store *store, struct error *err)
{
        AUTO(volume_list) list = { 0 };

        if (volume_place_is_store(store) || volume_place_check_own(store, NULL) < 0)
                return 0;
        if (volume_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (clear_one(store, list.items[i].name, err) < 0)
                        return -1;
        for (size_t i = 0; i < list.damaged.count; i++)
                if (clear_one(store, list.damaged.items[i], err) < 0)
                        return -1;
        (void)unlinkat(store->root_fd, VOLUMES "/" OWNER, 0);
        return path_remove_tree(store->root_fd, STAGING_OF_VOLUMES, err);
}
