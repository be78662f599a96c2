/* staging/: where objects are built before one rename publishes them.
 *
 *     staging/WHAT-PID-RANDOM        the directory
 *     staging/WHAT-PID-RANDOM.lock   locked by its maker for as long as it lives
 *
 * Volumes that are outside of the store have the same beside them.
 *
 * The lock file is made and locked before the directory appears, so a directory without a lock that
 * is held is garbage.
 */
#include "engine/state/store.h"

#include "base/alloc.h"
#include "base/path.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define OWN            "staging"
#define REMOVE_TRIES   100
#define REMOVE_WAIT_MS 10

static int try_lock(int fd)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        return fcntl(fd, F_OFD_SETLK, &lock);
}

static char *entry_path(const struct staging *staging, const char *suffix)
{
        return xasprintf("%s/%s%s", staging->base, staging->name, suffix);
}

int staging_create(const struct store *store, const char *what, struct staging *staging_out,
                   struct error *err)
{
        return staging_create_in(store, NULL, what, staging_out, err);
}

int staging_create_in(const struct store *store, const char *base, const char *what,
                      struct staging *staging_out, struct error *err)
{
        AUTO(staging) staging = STAGING_EMPTY;
        AUTO_FREE char *dir = NULL;
        AUTO_FREE char *lock = NULL;
        unsigned random = 0;

        staging.base = base ? base : OWN;
        if (base && mkdirat(store->root_fd, base, 0700) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create %s", base);
        (void)!getrandom(&random, sizeof(random), 0);
        snprintf(staging.name, sizeof(staging.name), "%.24s-%d-%08x", what, (int)getpid(), random);
        dir = entry_path(&staging, "");
        lock = entry_path(&staging, ".lock");
        staging.lock_fd = openat(store->root_fd, lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (staging.lock_fd < 0 || try_lock(staging.lock_fd) < 0)
                return error_sys(err, errno, "lock a staging directory");
        staging.store_fd = fcntl(store->root_fd, F_DUPFD_CLOEXEC, 3);
        if (staging.store_fd < 0 || mkdirat(store->root_fd, dir, 0700) < 0)
                return error_sys(err, errno, "create a staging directory");
        staging.dir_fd = openat(store->root_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (staging.dir_fd < 0)
                return error_sys(err, errno, "open a staging directory");
        *staging_out = staging;
        staging = STAGING_EMPTY;
        return 0;
}

int staging_publish(struct staging *staging, const char *entry, const char *target,
                    struct error *err)
{
        AUTO_FREE char *dir = entry_path(staging, "");
        AUTO_FREE char *from = entry ? path_join(dir, entry) : xstrdup(dir);

        if (renameat2(staging->store_fd, from, staging->store_fd, target, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno == EEXIST || errno == ENOTEMPTY)
                return 1;
        return error_sys(err, errno, "publish %s", target);
}

/* A process of ours that was killed may have left one behind that is still to die, and writes. */
static void remove_tree(const struct staging *staging, const char *dir)
{
        struct error why = { 0 };

        for (int tries = 0; tries < REMOVE_TRIES; tries++) {
                if (path_remove_tree(staging->store_fd, dir, &why) == 0 || why.sys != ENOTEMPTY)
                        return;
                (void)poll(NULL, 0, REMOVE_WAIT_MS);
        }
}

void staging_release(struct staging *staging)
{
        if (staging->store_fd >= 0) {
                AUTO_FREE char *dir = entry_path(staging, "");
                AUTO_FREE char *lock = entry_path(staging, ".lock");

                remove_tree(staging, dir);
                (void)unlinkat(staging->store_fd, lock, 0);
                close(staging->store_fd);
        }
        if (staging->dir_fd >= 0)
                close(staging->dir_fd);
        if (staging->lock_fd >= 0)
                close(staging->lock_fd);
        if (staging->next)
                staging_release(staging->next);
        free(staging->next);
        *staging = STAGING_EMPTY;
}

/* Remove one entry whose maker is dead. A directory without a lock file was renamed away from, or
 * belongs to a maker that died while it removed it. */
static void sweep_entry(const struct store *store, const char *base, const char *lock_name)
{
        AUTO_FREE char *lock = path_join(base, lock_name);
        AUTO_FREE char *dir = xstrndup(lock, strlen(lock) - strlen(".lock"));
        AUTO_CLOSE int fd = openat(store->root_fd, lock, O_RDWR | O_CLOEXEC);

        if (fd < 0 || try_lock(fd) < 0)
                return;
        if (path_remove_tree(store->root_fd, dir, NULL) == 0)
                (void)unlinkat(store->root_fd, lock, 0);
}

static void sweep(const struct store *store, const char *base, DIR *dir)
{
        struct dirent *entry;

        while ((entry = readdir(dir))) {
                size_t len = strlen(entry->d_name);

                if (len > 5 && strcmp(entry->d_name + len - 5, ".lock") == 0)
                        sweep_entry(store, base, entry->d_name);
        }
        closedir(dir);
}

static DIR *open_base(const struct store *store, const char *base)
{
        int fd = openat(store->root_fd, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

int staging_sweep(const struct store *store, struct error *err)
{
        DIR *dir = open_base(store, OWN), *of_volumes = open_base(store, STAGING_OF_VOLUMES);

        if (of_volumes)
                sweep(store, STAGING_OF_VOLUMES, of_volumes);
        if (!dir)
                return error_sys(err, errno, "open the staging directory");
        sweep(store, OWN, dir);
        return 0;
}
