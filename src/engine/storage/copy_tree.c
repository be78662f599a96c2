/* Copying trees. Files are cloned where the file system can, else copied within the kernel. See
 * copy_tree.h. */
#include "engine/storage/copy_tree.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "engine/storage/whiteout.h"
#include "rootless/override.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#define DEPTH_MAX  512 /* directories in each other; each holds two descriptors */
#define PIECE      ((size_t)1 << 20)
#define XATTR_MAX  65536
#define XATTR_LIST 65536

struct copier {
        const struct copy_tree_options *options;
        int depth;
};

/* One entry on its way. */
struct item {
        int from_dir;
        const char *name;
        int to_dir;
        const char *as;
        struct stat st; /* of the source; owner as recorded */
};

static int failed(const struct item *item, const char *what, struct error *err)
{
        return error_sys(err, errno, "%s %s", what, item->as);
}

/* The whole path of a descriptor, "" when it cannot be told. */
static void path_of(int fd, char path_out[PATH_MAX])
{
        char link[32];
        ssize_t len;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        len = fd < 0 ? 0 : readlink(link, path_out, PATH_MAX - 1);
        path_out[len > 0 ? len : 0] = '\0';
}

static int in_the_way(const struct copier *c, const struct item *item, const char *what,
                      struct error *err)
{
        char dir[PATH_MAX], root[PATH_MAX];
        size_t len;

        path_of(item->to_dir, dir);
        path_of(c->options->to_root, root);
        len = strcmp(root, "/") == 0 ? 0 : strlen(root);
        error_set(err, ERROR_EXISTS, "error creating \"%s/%s\": %s is there: file exists",
                  strncmp(dir, root, len) == 0 ? dir + len : dir, item->as, what);
        return error_cure(err, "--overwrite lets the copy take its place");
}

/* Make room: what is there and in the way goes, a directory only with overwrite. 1: a directory is
 * there and is to be merged with. */
static int make_room(const struct copier *c, const struct item *item, struct error *err)
{
        bool is_dir = S_ISDIR(item->st.st_mode);
        struct stat there;

        if (fstatat(item->to_dir, item->as, &there, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : failed(item, "look at", err);
        if (is_dir && S_ISDIR(there.st_mode))
                return 1;
        if (is_dir != S_ISDIR(there.st_mode) && !c->options->overwrite)
                return in_the_way(c, item, is_dir ? "a file" : "a directory", err);
        if (S_ISDIR(there.st_mode))
                return path_remove_tree(item->to_dir, item->as, err);
        return unlinkat(item->to_dir, item->as, 0) < 0 ? failed(item, "replace", err) : 0;
}

static int copy_bytes(int from, int to)
{
        AUTO_FREE char *piece = NULL;
        ssize_t n;

        if (ioctl(to, FICLONE, from) == 0)
                return 0;
        while ((n = copy_file_range(from, NULL, to, NULL, PIECE * 256, 0)) > 0)
                ;
        if (n == 0)
                return 0;
        if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
                return -1;
        piece = xmalloc(PIECE);
        while ((n = read(from, piece, PIECE)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 || fd_write_all(to, piece, (size_t)n) < 0)
                        return -1;
        }
        return 0;
}

/* user.* and file capabilities, as far as the destination keeps them. */
static void copy_xattrs(int from, int to)
{
        AUTO_FREE char *names = NULL;
        AUTO_FREE char *value = NULL;
        ssize_t len = flistxattr(from, NULL, 0);

        if (len <= 0 || len > XATTR_LIST)
                return;
        names = xmalloc((size_t)len);
        value = xmalloc(XATTR_MAX);
        len = flistxattr(from, names, (size_t)len);
        for (char *name = names; name < names + len; name += strlen(name) + 1) {
                ssize_t size;

                if (whiteout_is_own_xattr(name) ||
                    (strncmp(name, "user.", 5) != 0 && strcmp(name, "security.capability") != 0))
                        continue;
                size = fgetxattr(from, name, value, XATTR_MAX);
                if (size >= 0)
                        (void)fsetxattr(to, name, value, (size_t)size, 0);
        }
}

static void choose_owner(const struct copier *c, const struct item *item, uid_t *uid, gid_t *gid)
{
        bool fixed = c->options->owner == COPY_OWNER_FIXED;

        *uid = fixed ? c->options->uid : item->st.st_uid;
        *gid = fixed ? c->options->gid : item->st.st_gid;
}

/* fd: of the copy, -1: by name. */
static int set_owner(const struct copier *c, const struct item *item, int fd, struct error *err)
{
        struct override owner = { 0 };
        struct stat st;

        if (c->options->owner == COPY_OWNER_NONE)
                return 0;
        choose_owner(c, item, &owner.uid, &owner.gid);
        if (!c->options->recorded_to) {
                int rc = !id_maps_outside(c->options->ids_to, &owner.uid, &owner.gid) ? -1
                         : fd >= 0 ? fchown(fd, owner.uid, owner.gid)
                                   : fchownat(item->to_dir, item->as, owner.uid, owner.gid,
                                              AT_SYMLINK_NOFOLLOW);

                return rc < 0 ? failed(item, "set the owner of", err) : 0;
        }
        if (fstatat(item->to_dir, item->as, &st, AT_SYMLINK_NOFOLLOW) == 0)
                (void)override_set(
                        &(struct override_place){
                                .fd = fd, .dir_fd = item->to_dir, .name = item->as, .st = &st },
                        &owner);
        return 0;
}

/* The owner first: chown(2) takes the setuid bit away. */
static int finish(const struct copier *c, const struct item *item, int fd, struct error *err)
{
        mode_t mode = item->st.st_mode & (c->options->strip_ids ? 01777 : 07777);
        struct timespec times[2] = { item->st.st_atim, item->st.st_mtim };

        if (set_owner(c, item, fd, err) < 0)
                return -1;
        if (fchmod(fd, mode) < 0)
                return failed(item, "set the mode of", err);
        (void)futimens(fd, times);
        return 0;
}

static int copy_file(const struct copier *c, const struct item *item, struct error *err)
{
        AUTO_CLOSE int from = openat(item->from_dir, item->name,
                                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        AUTO_CLOSE int to = -1;
        struct stat st;

        if (from < 0 || fstat(from, &st) < 0)
                return failed(item, "open", err);
        if (!S_ISREG(st.st_mode))
                return error_set(err, ERROR_GENERAL, "%s was replaced meanwhile", item->name);
        to = openat(item->to_dir, item->as, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
        if (to < 0)
                return failed(item, "create", err);
        if (copy_bytes(from, to) < 0) {
                failed(item, "copy", err);
                (void)unlinkat(item->to_dir, item->as, 0); /* half a file is no copy */
                return -1;
        }
        copy_xattrs(from, to);
        return finish(c, item, to, err);
}

static int copy_link(const struct copier *c, const struct item *item, struct error *err)
{
        char target[PATH_MAX];
        ssize_t len = readlinkat(item->from_dir, item->name, target, sizeof(target) - 1);

        if (len < 0)
                return failed(item, "read the link", err);
        target[len] = '\0';
        if (symlinkat(target, item->to_dir, item->as) < 0)
                return failed(item, "create", err);
        return set_owner(c, item, -1, err);
}

static int copy_fifo(const struct copier *c, const struct item *item, struct error *err)
{
        if (mkfifoat(item->to_dir, item->as, item->st.st_mode & 01777) < 0)
                return failed(item, "create", err);
        return set_owner(c, item, -1, err);
}

/* proc and the like have no contents of their own; only their mount points are copied. */
static bool is_kernels(int fd)
{
        struct statfs fs;

        return fstatfs(fd, &fs) == 0 &&
               (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
                fs.f_type == CGROUP2_SUPER_MAGIC);
}

static int copy_contents(struct copier *c, int from, int to, struct error *err);

static int copy_dir(struct copier *c, const struct item *item, bool merged, struct error *err)
{
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        AUTO_CLOSE int from = openat(item->from_dir, item->name, flags);
        AUTO_CLOSE int to = -1;
        int rc;

        if (from < 0)
                return failed(item, "open", err);
        if (!merged && mkdirat(item->to_dir, item->as, 0700) < 0)
                return failed(item, "create", err);
        to = openat(item->to_dir, item->as, flags);
        if (to < 0)
                return failed(item, "open", err);
        if (c->depth++ >= DEPTH_MAX)
                return error_set(err, ERROR_TOO_LARGE, "%s: more than %d directories in each other",
                                 item->as, DEPTH_MAX);
        rc = is_kernels(from) ? 0 : copy_contents(c, from, to, err);
        c->depth--;
        if (rc < 0 || merged)
                return rc;
        copy_xattrs(from, to);
        return finish(c, item, to, err);
}

static void take_record(const struct copier *c, struct item *item)
{
        const struct override_place place = {
                .fd = -1, .dir_fd = item->from_dir, .name = item->name, .st = &item->st
        };
        struct override owner = { 0 };

        id_maps_inside(c->options->ids_from, &item->st.st_uid, &item->st.st_gid);
        if (!c->options->recorded_from)
                return;
        (void)override_get(&place, &owner);
        override_apply(&owner, &item->st);
}

static int copy_item(struct copier *c, struct item *item, struct error *err)
{
        int there;

        if (fstatat(item->from_dir, item->name, &item->st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : failed(item, "look at", err);
        take_record(c, item);
        if (S_ISSOCK(item->st.st_mode) || S_ISBLK(item->st.st_mode) || S_ISCHR(item->st.st_mode)) {
                log_info("%s is a socket or a device and is not copied, continuing", item->name);
                return 0;
        }
        there = make_room(c, item, err);
        if (there < 0)
                return -1;
        if (S_ISDIR(item->st.st_mode))
                return copy_dir(c, item, there == 1, err);
        if (S_ISLNK(item->st.st_mode))
                return copy_link(c, item, err);
        return S_ISFIFO(item->st.st_mode) ? copy_fifo(c, item, err) : copy_file(c, item, err);
}

/* The names are read first: a directory may be copied into itself. */
static int copy_contents(struct copier *c, int from, int to, struct error *err)
{
        AUTO(strv) names = { 0 };

        if (path_list_names(from, &names, err) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++) {
                struct item item = {
                        .from_dir = from, .name = names.items[i], .to_dir = to, .as = names.items[i]
                };

                if (copy_item(c, &item, err) < 0)
                        return -1;
        }
        return 0;
}

int copy_tree(int from_dir, const char *name, int to_dir, const char *as,
              const struct copy_tree_options *options, struct error *err)
{
        struct copier copier = { .options = options };
        struct item item = { .from_dir = from_dir, .name = name, .to_dir = to_dir, .as = as };

        return copy_item(&copier, &item, err);
}

int copy_tree_contents(int from, int to, const struct copy_tree_options *options, struct error *err)
{
        struct copier copier = { .options = options };

        return copy_contents(&copier, from, to, err);
}
