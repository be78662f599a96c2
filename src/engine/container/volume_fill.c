/* See volume_fill.h. */
#include "engine/container/volume_fill.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/copy_up.h"
#include "engine/storage/volume.h"
#include "rootless/override.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Who owns it, as the container sees it. */
static int look(int fd, bool records, struct stat *st)
{
        struct override owner;

        if (fstat(fd, st) < 0)
                return -1;
        if (records &&
            override_get(&(struct override_place){ .fd = fd, .dir_fd = -1, .st = st }, &owner))
                override_apply(&owner, st);
        return 0;
}

/* fd may be O_PATH. */
static int set_owner(int fd, uid_t uid, gid_t gid, bool records)
{
        struct override owner = { .uid = uid, .gid = gid };
        struct stat st;

        if (!records)
                return fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
        if (fstat(fd, &st) < 0)
                return -1;
        /* Links and fifos have no attributes of their own (override.h): they stay root's. */
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
                return 0;
        return override_set(&(struct override_place){ .fd = fd, .dir_fd = -1, .st = &st }, &owner);
}

static DIR *open_dir(int fd)
{
        int dir_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return dir_fd < 0 ? NULL : fdopendir(dir_fd);
}

/* -1: it cannot be read. */
static int is_empty(int fd)
{
        DIR *dir = open_dir(fd);
        struct dirent *entry;
        int empty = 1;

        if (!dir)
                return -1;
        while (empty && (entry = readdir(dir)))
                empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        closedir(dir);
        return empty;
}

/* Into a directory beside, which then takes the empty one's place: whatever comes in between, the
 * volume is empty or whole. *to becomes the new one. */
static int copy_whole(const struct volume_fill *fill, const char *path, const char *beside,
                      int from, int *to, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        struct stat st;

        if (path_remove_tree(AT_FDCWD, beside, err) < 0) /* of a copy that was cut short */
                return -1;
        if (mkdir(beside, 0700) < 0)
                return error_sys(err, errno, "create %s", beside);
        fd = open(beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open %s", beside);
        if (copy_up(from, fd, err) < 0)
                return -1;
        if (look(*to, fill->records, &st) < 0 ||
            set_owner(fd, st.st_uid, st.st_gid, fill->records) < 0 ||
            fchmod(fd, st.st_mode & 07777) < 0 || rename(beside, path) < 0)
                return error_sys(err, errno, "put the files in place");
        close(*to);
        *to = take_fd(&fd);
        return 0;
}

static int copy(const struct volume_fill *fill, struct volume *volume, int from, int *to,
                struct error *err)
{
        AUTO_FREE char *path = volume_path(fill->store, volume->name);
        AUTO_FREE char *beside = xasprintf("%s~", path);
        int empty = is_empty(*to);

        if (empty < 0)
                return error_sys(err, errno, "read volume %s", volume->name);
        if (!empty)
                volume->needs_copy_up = false;
        if (!empty || from < 0 || is_empty(from) != 0)
                return 0;
        if (copy_whole(fill, path, beside, from, to, err) < 0) {
                (void)path_remove_tree(AT_FDCWD, beside, NULL);
                return error_context(err, "volume %s from %s of the image", volume->name,
                                     fill->mount->target);
        }
        volume->needs_copy_up = false;
        volume->copied_up = true;
        return 0;
}

static int follow_directory(const struct volume_fill *fill, struct volume *volume, int from, int to)
{
        struct stat st;

        if (look(from, fill->records, &st) < 0)
                return -1;
        if (set_owner(to, st.st_uid, st.st_gid, fill->records) < 0 ||
            fchmodat(to, ".", st.st_mode & 07777, 0) < 0)
                return -1;
        if (st.st_uid == 0 && st.st_gid == 0)
                volume->needs_chown = false;
        volume->uid = st.st_uid;
        volume->gid = st.st_gid;
        return 0;
}

/* The owner follows the containers until something is in it, or it was root's. */
static int settle_owner(const struct volume_fill *fill, struct volume *volume, int from, int to,
                        struct error *err)
{
        if (!volume->copied_up && is_empty(to) != 1) {
                volume->needs_chown = false;
                return 0;
        }
        if (volume->copied_up)
                volume->needs_chown = false;
        volume->copied_up = false;
        volume->uid = fill->uid;
        volume->gid = fill->gid;
        if (set_owner(to, fill->uid, fill->gid, fill->records) < 0 ||
            (from >= 0 && !fill->mount->chown && follow_directory(fill, volume, from, to) < 0))
                return error_sys(err, errno, "set the owner of volume %s", volume->name);
        return 0;
}

static int fill_locked(const struct volume_fill *fill, struct error *err)
{
        AUTO(volume) volume = { 0 };
        AUTO_FREE char *path = volume_path(fill->store, fill->mount->volume);
        AUTO_CLOSE int root = open(fill->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int from = -1;

        if (root < 0 || to < 0)
                return error_sys(err, errno, "open volume %s", fill->mount->volume);
        if (volume_load(fill->store, fill->mount->volume, &volume, err) < 0)
                return -1;
        from = path_open_in(root, fill->mount->target, O_PATH | O_DIRECTORY, 0);
        if (volume.needs_copy_up && !fill->mount->no_copy &&
            copy(fill, &volume, from, &to, err) < 0)
                return -1;
        if (volume.needs_chown && settle_owner(fill, &volume, from, to, err) < 0)
                return -1;
        return volume_save(fill->store, &volume, err);
}

int volume_fill(const struct volume_fill *fill, struct error *err)
{
        AUTO_CLOSE int lock = volume_lock(fill->store, fill->mount->volume, err);

        return lock < 0 ? -1 : fill_locked(fill, err);
}

static int give_tree(int fd, dev_t device, uid_t uid, gid_t gid, bool records);

static int give_entry(int dir_fd, const char *name, dev_t device, uid_t uid, gid_t gid,
                      bool records)
{
        AUTO_CLOSE int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0)
                return errno == ENOENT ? 0 : -1;
        if (fstat(fd, &st) < 0)
                return -1;
        if (st.st_dev != device)
                return 0;
        if (S_ISDIR(st.st_mode) && give_tree(fd, device, uid, gid, records) < 0)
                return -1;
        return set_owner(fd, uid, gid, records);
}

static int give_tree(int fd, dev_t device, uid_t uid, gid_t gid, bool records)
{
        DIR *dir = open_dir(fd);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return -1;
        while (rc == 0 && (entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        rc = give_entry(dirfd(dir), entry->d_name, device, uid, gid, records);
        closedir(dir);
        return rc;
}

int volume_give(const char *path, uid_t uid, gid_t gid, bool records, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || look(fd, records, &st) < 0)
                return error_sys(err, errno, "open %s", path);
        if (st.st_uid == uid && st.st_gid == gid)
                return 0;
        if ((S_ISDIR(st.st_mode) && give_tree(fd, st.st_dev, uid, gid, records) < 0) ||
            set_owner(fd, uid, gid, records) < 0)
                return error_sys(err, errno, "give %s to %u:%u", path, uid, gid);
        return 0;
}
