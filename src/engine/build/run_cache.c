/* Caches of RUN. See run_cache.h. */
#include "engine/build/run_cache.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/digest.h"
#include "rootless/override.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PRIVATE_MAX 1000

int run_cache_give(int dir_fd, const char *name, const struct run_mount *m)
{
        const struct override owner = { .uid = m->uid, .gid = m->gid };
        struct stat st;

        if (!userns_mapping_records(userns_own_mapping()))
                return fchownat(dir_fd, name, m->uid, m->gid, AT_SYMLINK_NOFOLLOW);
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -1;
        return override_set(
                &(struct override_place){ .fd = -1, .dir_fd = dir_fd, .name = name, .st = &st },
                &owner);
}

mode_t run_cache_mode(const struct run_mount *m, mode_t otherwise)
{
        return m->mode ? (mode_t)strtoul(m->mode, NULL, 8) & 07777 : otherwise;
}

static int make(const struct store *store, const struct run_mount *m, const char *path,
                struct error *err)
{
        if (mkdirat(store->root_fd, path, 0700) < 0)
                return errno == EEXIST ? 0
                                       : error_sys(err, errno, "create the cache of %s", m->target);
        if (fchmodat(store->root_fd, path, run_cache_mode(m, 0755), 0) < 0 ||
            (m->owned && run_cache_give(store->root_fd, path, m) < 0))
                return error_sys(err, errno, "set the owner of the cache of %s", m->target);
        return 0;
}

/* A descriptor that holds it, or -1. type: F_RDLCK, F_WRLCK. */
static int lock(const struct store *store, const char *path, short type, bool wait)
{
        AUTO_FREE char *name = xasprintf("%s.lock", path);
        AUTO_CLOSE int fd = openat(store->root_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

        if (fd < 0 || fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) < 0)
                return -1;
        return take_fd(&fd);
}

static void keep_lock(struct run_mounts *mounts, int fd)
{
        mounts->locks =
                xreallocarray(mounts->locks, mounts->lock_count + 1, sizeof(*mounts->locks));
        mounts->locks[mounts->lock_count++] = fd;
}

static bool shares(const struct run_mount *m, const char *how)
{
        return strcmp(m->sharing ? m->sharing : "shared", how) == 0;
}

int run_cache_take(const struct store *store, const struct run_mount *m, struct run_mounts *mounts,
                   char **path_out, struct error *err)
{
        const char *key = m->id && m->id[0] ? m->id : m->target;
        short type = shares(m, "shared") ? F_RDLCK : F_WRLCK;
        struct digest digest;

        digest_of(key, strlen(key), &digest);
        (void)mkdirat(store->root_fd, "cache/mounts", 0700);
        for (unsigned n = 0; n < PRIVATE_MAX; n++) {
                AUTO_FREE char *path = n ? xasprintf("cache/mounts/%s-%u", digest_hex(&digest), n)
                                         : xasprintf("cache/mounts/%s", digest_hex(&digest));
                int fd = lock(store, path, type, !shares(m, "private"));

                if (fd < 0 && shares(m, "private"))
                        continue;
                if (fd < 0)
                        return error_sys(err, errno, "lock the cache of %s", m->target);
                keep_lock(mounts, fd);
                if (make(store, m, path, err) < 0)
                        return -1;
                *path_out = take_ptr(path);
                return 0;
        }
        return error_set(err, ERROR_IN_USE, "every cache of %s is in use", m->target);
}

int run_cache_prune(const struct store *store, struct error *err)
{
        AUTO_CLOSE int dir =
                openat(store->root_fd, "cache/mounts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO(strv) names = { 0 };

        if (dir < 0)
                return errno == ENOENT ? 0 : error_sys(err, errno, "open the caches of builds");
        if (path_list_names(dir, &names, err) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++) {
                AUTO_FREE char *path = path_join("cache/mounts", names.items[i]);
                AUTO_CLOSE int fd = -1;

                if (path_ends_with(path, ".lock"))
                        continue;
                fd = lock(store, path, F_WRLCK, false);
                if (fd >= 0 && path_remove_tree(dir, names.items[i], err) < 0)
                        return -1;
        }
        return 0;
}
