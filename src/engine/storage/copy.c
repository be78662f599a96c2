/* Copying a root file system. See copy.h.
 *
 * The merged tree of the layers (merged.h) is walked and made again below copy/. Nobody else sees
 * the copy before it is whole, and its directories are all made here, so that names can be used as
 * they are. Directories get their mode and time when all in them is there.
 */
#include "engine/storage/copy.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/spawn.h"
#include "engine/storage/copy_file.h"
#include "engine/storage/link_names.h"
#include "engine/storage/merged.h"
#include "rootless/override.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct copier {
        int root_fd; /* of the copy */
        bool recorded, no_clone;
        struct link_names links;
};

static int failed(const char *path, struct error *err)
{
        return error_sys(err, errno, "copy %s of the image", path);
}

static int copy_contents(struct copier *c, int from_dir, int to_dir, const struct merged_entry *e)
{
        AUTO_CLOSE int from = openat(from_dir, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        AUTO_CLOSE int to = openat(to_dir, e->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        return from < 0 || to < 0 ? -1 : copy_file_contents(from, to, &e->st, &c->no_clone);
}

static int copy_link(int from_dir, int to_dir, const char *name)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

        if (n < 0)
                return -1;
        target[n] = '\0';
        return symlinkat(target, to_dir, name);
}

static int make(struct copier *c, int from_dir, int to_dir, const struct merged_entry *e)
{
        if (S_ISDIR(e->st.st_mode))
                return mkdirat(to_dir, e->name, 0700);
        if (S_ISREG(e->st.st_mode))
                return copy_contents(c, from_dir, to_dir, e);
        if (S_ISLNK(e->st.st_mode))
                return copy_link(from_dir, to_dir, e->name);
        return mknodat(to_dir, e->name, e->st.st_mode, e->st.st_rdev);
}

/* Links, fifos and sockets have their record in the directory. */
static int copy_record(const struct copier *c, int from_dir, int to_dir,
                       const struct merged_entry *e)
{
        struct override_place place = { .fd = -1, .name = e->name, .st = &e->st };
        struct override owner;

        if (!c->recorded || S_ISREG(e->st.st_mode) || S_ISDIR(e->st.st_mode))
                return 0;
        place.dir_fd = from_dir;
        if (!override_get(&place, &owner))
                return 0;
        place.dir_fd = to_dir;
        return override_set(&place, &owner);
}

/* Owner before attributes and mode: chown(2) takes set-id bits and capabilities away. */
static int set_attributes(int from_dir, int to_dir, const char *name, const struct stat *st)
{
        AUTO_FREE char *from = xasprintf("/proc/self/fd/%d/%s", from_dir, name);
        AUTO_FREE char *to = xasprintf("/proc/self/fd/%d/%s", to_dir, name);
        struct timespec times[2] = { st->st_atim, st->st_mtim };

        if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -1;
        if (!S_ISLNK(st->st_mode) &&
            (copy_file_xattrs(from, to) < 0 || fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0))
                return -1;
        return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_dir(struct copier *c, const struct merged_dir *from, int to_dir, const char *prefix,
                    struct error *err);

static int fill_dir(struct copier *c, const struct merged_dir *from, int to_dir, const char *path,
                    const struct merged_entry *e, struct error *err)
{
        AUTO(merged_dir) inner = { 0 };
        AUTO_FREE char *prefix = xasprintf("%s/", path);
        AUTO_CLOSE int fd =
                openat(to_dir, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return failed(path, err);
        return merged_enter(from, e, &inner, err) < 0 ? -1 : copy_dir(c, &inner, fd, prefix, err);
}

static int copy_entry(struct copier *c, const struct merged_dir *from, int to_dir,
                      const char *prefix, const struct merged_entry *e, struct error *err)
{
        AUTO_FREE char *path = xasprintf("%s%s", prefix, e->name);
        int from_dir = from->fds[e->part];
        const char *first = NULL;

        if (!S_ISDIR(e->st.st_mode) && e->st.st_nlink > 1)
                first = link_names_first(&c->links, &e->st, path);
        if (first) {
                if (linkat(c->root_fd, first, to_dir, e->name, 0) < 0 ||
                    copy_record(c, from_dir, to_dir, e) < 0)
                        return failed(path, err);
                return 0;
        }
        if (make(c, from_dir, to_dir, e) < 0 || copy_record(c, from_dir, to_dir, e) < 0)
                return failed(path, err);
        if (S_ISDIR(e->st.st_mode) && fill_dir(c, from, to_dir, path, e, err) < 0)
                return -1;
        return set_attributes(from_dir, to_dir, e->name, &e->st) < 0 ? failed(path, err) : 0;
}

static int copy_dir(struct copier *c, const struct merged_dir *from, int to_dir, const char *prefix,
                    struct error *err)
{
        AUTO(merged_entries) entries = { 0 };

        if (merged_list(from, &entries, err) < 0)
                return -1;
        for (size_t i = 0; i < entries.count; i++)
                if (copy_entry(c, from, to_dir, prefix, &entries.items[i], err) < 0)
                        return -1;
        return 0;
}

/* A deep tree in many layers takes a descriptor for each part. */
static void raise_descriptors(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

/* The layers, and what an overlay had before, as the topmost. */
static void all_parts(const struct rootfs *rootfs, struct strv *parts)
{
        strv_extend(parts, &rootfs->layers);
        strv_addf(parts, "%s/upper", rootfs->container);
}

static int copy_all(const struct rootfs *rootfs, struct copier *c, struct error *err)
{
        AUTO(strv) parts = { 0 };
        AUTO(merged_dir) dir = { 0 };
        struct stat st;

        all_parts(rootfs, &parts);
        raise_descriptors();
        if (merged_open(rootfs->store->root_fd, &parts, &dir, err) < 0 ||
            copy_dir(c, &dir, c->root_fd, "", err) < 0)
                return -1;
        if (fstat(dir.fds[0], &st) < 0 || set_attributes(dir.fds[0], c->root_fd, ".", &st) < 0)
                return failed("/", err);
        return 0;
}

/* Its times are later than those of all that was copied: the clock of files may move in steps of a
 * few milliseconds. */
static int mark_whole(int container_fd)
{
        AUTO_CLOSE int fd =
                openat(container_fd, "copied", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        struct stat first, now;

        if (fd < 0 || fstat(fd, &first) < 0)
                return -1;
        do {
                usleep(500);
                if (futimens(fd, NULL) < 0 || fstat(fd, &now) < 0)
                        return -1;
        } while (now.st_ctim.tv_sec == first.st_ctim.tv_sec &&
                 now.st_ctim.tv_nsec == first.st_ctim.tv_nsec);
        return 0;
}

struct copy_job {
        const struct rootfs *rootfs;
        bool recorded;
        int container_fd;
        int shared_fd; /* gets a byte when blocks are shared */
};

static int run_job(void *data, struct error *err)
{
        const struct copy_job *job = data;
        struct copier c = { .recorded = job->recorded };
        int rc;

        c.root_fd = openat(job->container_fd, "copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (c.root_fd < 0)
                return failed("/", err);
        rc = copy_all(job->rootfs, &c, err);
        if (rc == 0 && mark_whole(job->container_fd) < 0)
                rc = error_sys(err, errno, "note that the copy is whole");
        if (rc == 0 && !c.no_clone)
                (void)!write(job->shared_fd, "s", 1);
        return rc;
}

static int open_container(const struct rootfs *rootfs)
{
        return openat(rootfs->store->root_fd, rootfs->container,
                      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int copy_make(const struct rootfs *rootfs, bool recorded, bool *shared_out, struct error *err)
{
        AUTO_CLOSE int fd = open_container(rootfs);
        AUTO_CLOSE int heard = -1, said = -1;
        struct copy_job job = { .rootfs = rootfs, .recorded = recorded, .container_fd = fd };
        int pair[2], rc;
        char byte;

        if (fd < 0 || pipe2(pair, O_CLOEXEC) < 0)
                return error_sys(err, errno, "open the container's directory");
        heard = pair[0];
        said = job.shared_fd = pair[1];
        if (path_remove_tree(fd, "copy", err) < 0 || path_remove_tree(fd, "copied", err) < 0)
                return -1;
        if (mkdirat(fd, "copy", 0700) < 0)
                return error_sys(err, errno, "create the container's copy");
        rc = spawn_call(run_job, &job, err);
        if (rc < 0)
                (void)path_remove_tree(fd, "copy", NULL);
        close(take_fd(&said));
        if (rc == 0)
                *shared_out = read(heard, &byte, 1) == 1;
        return rc;
}

int copy_mount(const struct rootfs *rootfs, struct error *err)
{
        AUTO_FREE char *copy = xasprintf("%s/%s/copy", rootfs->store->root, rootfs->container);
        AUTO_FREE char *merged = xasprintf("%s/%s/merged", rootfs->store->root, rootfs->container);
        AUTO_CLOSE int fd =
                (int)syscall(SYS_open_tree, AT_FDCWD, copy, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

        if (fd < 0 ||
            syscall(SYS_move_mount, fd, "", AT_FDCWD, merged, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return error_sys(err, errno, "mount the copied root file system");
        return 0;
}
