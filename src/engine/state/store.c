/* Opening the store and its one store-wide lock. See store.h for the layout. */
#include "engine/state/store.h"

#include "base/alloc.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char *const root_dirs[] = { "blobs",      "blobs/sha256", "images",  "layers",
                                         "containers", "names",        "volumes", "networks",
                                         "cache",      "staging",      "partial", "pods" };

/* $XDG_DATA_HOME/kelp, else ~/.local/share/kelp */
static char *default_root(struct error *err)
{
        const char *data = getenv("XDG_DATA_HOME");
        const char *home = getenv("HOME");

        if (data && data[0] == '/')
                return path_join(data, "kelp");
        if (home && home[0] == '/')
                return path_join(home, ".local/share/kelp");
        error_set(err, ERROR_GENERAL,
                  "neither HOME nor XDG_DATA_HOME is set: no place for the store");
        error_cure(err, "name one: kelp --root DIRECTORY ...");
        return NULL;
}

/* $XDG_RUNTIME_DIR/kelp, else /run/user/UID/kelp, else /tmp/kelp-run-UID */
static char *default_runroot(void)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        char *user_dir;
        struct stat st;

        if (runtime && runtime[0] == '/')
                return path_join(runtime, "kelp");
        user_dir = xasprintf("/run/user/%u", geteuid());
        if (stat(user_dir, &st) == 0 && st.st_uid == geteuid()) {
                char *path = path_join(user_dir, "kelp");

                free(user_dir);
                return path;
        }
        free(user_dir);
        return xasprintf("/tmp/kelp-run-%u", geteuid());
}

/* Open a directory of ours, made when missing. In /tmp somebody else may have been there first. */
static int open_own_dir(const char *path, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 && errno == ENOENT) {
                if (path_make_dirs(path, 0700, err) < 0)
                        return -1;
                fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "open %s", path);
        if (st.st_uid != geteuid() && geteuid() != 0)
                return error_set(err, ERROR_DENIED, "%s belongs to somebody else", path);
        return take_fd(&fd);
}

static int make_layout(int root_fd, bool *made_out, struct error *err)
{
        struct stat st;

        /* It comes last, so it tells that all are there. */
        if (fstatat(root_fd, "pods", &st, 0) == 0)
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(root_dirs); i++)
                if (mkdirat(root_fd, root_dirs[i], 0700) == 0)
                        *made_out = *made_out || strcmp(root_dirs[i], "volumes") == 0;
                else if (errno != EEXIST)
                        return error_sys(err, errno, "create %s in the store", root_dirs[i]);
        return 0;
}

void store_unmake(const struct store *store)
{
        if (unlinkat(store->root_fd, "pods", AT_REMOVEDIR) == 0)
                (void)unlinkat(store->root_fd, "volumes", AT_REMOVEDIR);
}

int store_open(const char *root, const char *runroot, struct store *store_out, struct error *err)
{
        AUTO(store) store = STORE_EMPTY;

        store.root = root ? path_absolute(root) : default_root(err);
        if (!store.root)
                return -1;
        store.runroot = runroot ? path_absolute(runroot) : default_runroot();
        store.root_fd = open_own_dir(store.root, err);
        if (store.root_fd < 0 || make_layout(store.root_fd, &store.made, err) < 0)
                return -1;
        store.run_fd = open_own_dir(store.runroot, err);
        if (store.run_fd < 0)
                return -1;
        store.run_made = mkdirat(store.run_fd, "containers", 0700) == 0;
        if (!store.run_made && errno != EEXIST)
                return error_sys(err, errno, "create directory in %s", store.runroot);
        *store_out = store;
        store = STORE_EMPTY;
        return 0;
}

void store_release(struct store *store)
{
        free(store->root);
        free(store->runroot);
        free(store->driver);
        if (store->root_fd >= 0)
                close(store->root_fd);
        if (store->run_fd >= 0)
                close(store->run_fd);
        if (store->additional)
                store_release(store->additional);
        free(store->additional);
        *store = STORE_EMPTY;
}

static int lock_store(const struct store *store, short type, struct error *err)
{
        AUTO_CLOSE int fd = openat(store->root_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
        int rc;

        if (fd < 0)
                return error_sys(err, errno, "open the store's lock");
        do {
                rc = fcntl(fd, F_OFD_SETLKW, &lock);
        } while (rc < 0 && errno == EINTR);
        return rc < 0 ? error_sys(err, errno, "lock the store") : take_fd(&fd);
}

int store_lock_shared(const struct store *store, struct error *err)
{
        return lock_store(store, F_RDLCK, err);
}

int store_lock_exclusive(const struct store *store, struct error *err)
{
        return lock_store(store, F_WRLCK, err);
}
