/* A tar stream to files. libarchive reads the format; what is made of an entry is decided here.
 *
 * Every path is resolved by the kernel beneath the root (openat2 RESOLVE_IN_ROOT); only the last
 * component is used by name, in its parent's descriptor, and never followed. The parent of the last
 * entry is kept open, since archives list directories together. Directories get their final mode
 * and time at the end, children would disturb both.
 */
#include "engine/storage/unpack.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/storage/whiteout.h"
#include "rootless/override.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

struct late_dir {
        char *path;
        mode_t mode;
        struct timespec mtime;
};

struct unpacker {
        int root_fd;
        struct archive *archive;
        const struct unpack_source *source;
        struct error *source_error; /* set when the source failed */
        struct unpack_result *result;
        uid_t uid; /* what new files belong to by themselves, as the archive counts */
        gid_t gid;
        /* the parent of the last entry */
        char *parent_path;
        int parent_fd;
        bool parent_setgid;
        struct late_dir *dirs;
        size_t dir_count, dir_room;
};

void unpack_result_release(struct unpack_result *result)
{
        strv_release(&result->implied_dirs);
        strv_release(&result->skipped_devices);
}

static int refuse(const char *name, const char *why, struct error *err)
{
        return error_set(err, ERROR_INVALID, "layer entry \"%.300s\": %s", name, why);
}

static int failed(const char *name, const char *what, struct error *err)
{
        return error_sys(err, errno, "layer entry \"%.300s\": %s", name, what);
}

/* The path below the root, without leading and doubled slashes and "." parts; "" is the root
 * itself. NULL when it has ".." or is too long. */
static char *clean_path(const char *name)
{
        char *clean, *out;

        if (strlen(name) >= PATH_MAX)
                return NULL;
        clean = out = xmalloc(strlen(name) + 2);
        while (*name) {
                size_t len = strcspn(name, "/");

                if (len == 2 && name[0] == '.' && name[1] == '.') {
                        free(clean);
                        return NULL;
                }
                if (len > 0 && !(len == 1 && name[0] == '.')) {
                        if (out != clean)
                                *out++ = '/';
                        memcpy(out, name, len);
                        out += len;
                }
                name += len + (name[len] == '/');
        }
        *out = '\0';
        return clean;
}

static void set_parent(struct unpacker *u, const char *path, int fd)
{
        struct stat st;

        free(u->parent_path);
        if (u->parent_fd >= 0)
                close(u->parent_fd);
        u->parent_path = xstrdup(path);
        u->parent_fd = fd;
        u->parent_setgid = fstat(fd, &st) == 0 && (st.st_mode & S_ISGID);
}

/* What the archive does not speak of is root's. */
static int own_by_root(const struct unpacker *u, int fd)
{
        uid_t uid = 0;
        gid_t gid = 0;

        if (!u->source->ids)
                return 0;
        return id_maps_outside(u->source->ids, &uid, &gid)
                       ? fchownat(fd, "", uid, gid, AT_EMPTY_PATH)
                       : -1;
}

/* Make what is missing of a directory path, noting what was made. */
static int make_implied(struct unpacker *u, const char *path)
{
        AUTO_FREE char *part = xstrdup(path);

        for (char *slash = part; slash; slash = strchr(slash + 1, '/')) {
                char *end = strchr(slash == part ? part : slash + 1, '/');
                AUTO_CLOSE int fd = -1;

                if (end)
                        *end = '\0';
                fd = path_open_in(u->root_fd, part, O_PATH | O_DIRECTORY, 0);
                if (fd < 0 && errno == ENOENT) {
                        fd = path_make_dirs_in(u->root_fd, part, 0755);
                        if (fd >= 0 && own_by_root(u, fd) < 0)
                                return -1;
                        strv_add(&u->result->implied_dirs, part);
                }
                if (fd < 0)
                        return -1;
                if (!end)
                        break;
                *end = '/';
                slash = end - 1;
        }
        return path_open_in(u->root_fd, path, O_RDONLY | O_DIRECTORY, 0);
}

/* Open the parent of a clean path; *last_out is its last component. */
static int enter_parent(struct unpacker *u, char *path, const char **last_out, struct error *err)
{
        char *slash = strrchr(path, '/');
        const char *parent = slash ? path : ".";
        int fd;

        *last_out = slash ? slash + 1 : path;
        if (slash)
                *slash = '\0';
        if (!u->parent_path || strcmp(u->parent_path, parent) != 0) {
                fd = path_open_in(u->root_fd, parent, O_RDONLY | O_DIRECTORY, 0);
                if (fd < 0 && errno == ENOENT)
                        fd = make_implied(u, parent);
                if (fd < 0) {
                        int saved = errno;

                        if (slash)
                                *slash = '/';
                        errno = saved;
                        return failed(path, "open its directory", err);
                }
                set_parent(u, parent, fd);
        }
        if (slash)
                *slash = '/';
        return 0;
}

/* Take away what is in the place of an entry. */
static int clear_place(struct unpacker *u, const char *last)
{
        if (unlinkat(u->parent_fd, last, 0) == 0 || errno == ENOENT)
                return 0;
        return path_remove_tree(u->parent_fd, last, NULL);
}

/* EINVAL is what the kernel says of an id that the user namespace has not. */
static int owner_failed(const char *name, struct archive_entry *entry, struct error *err)
{
        if (errno != EINVAL)
                return failed(name, "set its owner", err);
        error_set(err, ERROR_INVALID,
                  "layer entry \"%.300s\" belongs to %lld:%lld, which the user namespace has not",
                  name, (long long)archive_entry_uid(entry), (long long)archive_entry_gid(entry));
        return error_cure(err, "give the user namespace more ids, or these: --userns, --uidmap, "
                               "--gidmap, or more in /etc/subuid and /etc/subgid");
}

static bool owner_differs(const struct unpacker *u, struct archive_entry *entry)
{
        return u->parent_setgid || archive_entry_uid(entry) != (la_int64_t)u->uid ||
               archive_entry_gid(entry) != (la_int64_t)u->gid;
}

/* With one id everything is ours, which stands for root. A file system that keeps no attributes
 * (ENOTSUP) has no owners to give back either. */
static int record_owner(int dir_fd, const char *name, struct archive_entry *entry)
{
        struct override override = { .uid = (uid_t)archive_entry_uid(entry),
                                     .gid = (gid_t)archive_entry_gid(entry) };
        struct stat st = { .st_mode = archive_entry_mode(entry) };
        const struct override_place place = { .fd = -1, .dir_fd = dir_fd, .name = name, .st = &st };

        if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
                override.type = st.st_mode & S_IFMT;
                override.rdev = archive_entry_rdev(entry);
                st.st_mode = S_IFREG | (st.st_mode & 07777);
        }
        if (!override.type && !override.uid && !override.gid)
                return 0;
        if (override_set(&place, &override) == 0 || errno == ENOTSUP)
                return 0;
        /* A directory's attributes have little room, and a link may do without its record. */
        return errno == ENOSPC && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) ? 0 : -1;
}

static int set_owner(const struct unpacker *u, int dir_fd, const char *name,
                     struct archive_entry *entry)
{
        uid_t uid = (uid_t)archive_entry_uid(entry);
        gid_t gid = (gid_t)archive_entry_gid(entry);

        if (u->source->recorded)
                return record_owner(dir_fd, name, entry);
        if (!u->source->ids && !owner_differs(u, entry))
                return 0;
        return id_maps_outside(u->source->ids, &uid, &gid)
                       ? fchownat(dir_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW)
                       : -1;
}

/* user.* and file capabilities; overlay's own names would forge whiteouts. */
static bool wanted_xattr(const char *name)
{
        if (whiteout_is_own_xattr(name))
                return false;
        return strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0;
}

static int set_xattrs(int fd, struct archive_entry *entry, struct error *err)
{
        const char *name;
        const void *value;
        size_t size;

        archive_entry_xattr_reset(entry);
        while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
                if (!wanted_xattr(name)) {
                        log_debug("attribute %s of %s is left out", name,
                                  archive_entry_pathname(entry));
                        continue;
                }
                if (fsetxattr(fd, name, value, size, 0) < 0 && errno != ENOTSUP)
                        return failed(archive_entry_pathname(entry), "set an attribute", err);
        }
        return 0;
}

static struct timespec mtime_of(struct archive_entry *entry)
{
        return (struct timespec){ .tv_sec = archive_entry_mtime(entry),
                                  .tv_nsec = archive_entry_mtime_nsec(entry) };
}

/* The archive's reader failed: our source's reason, or libarchive's. */
static int read_failed(struct unpacker *u, struct error *err)
{
        const char *why = archive_error_string(u->archive);

        if (u->source_error->kind != ERROR_NONE)
                return error_copy(err, u->source_error);
        return error_set(err, ERROR_INVALID, "the layer is not a valid tar archive: %s",
                         why ? why : "unknown reason");
}

static int write_at(int fd, const char *data, size_t len, off_t offset)
{
        while (len > 0) {
                ssize_t n = pwrite(fd, data, len, offset);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                data += n;
                len -= (size_t)n;
                offset += n;
        }
        return 0;
}

/* The contents; holes of sparse files stay holes. */
static int write_data(struct unpacker *u, int fd, struct archive_entry *entry, struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        off_t end = 0;
        const void *data;
        size_t len;
        la_int64_t offset;
        int rc;

        while ((rc = archive_read_data_block(u->archive, &data, &len, &offset)) == ARCHIVE_OK) {
                if (write_at(fd, data, len, offset) < 0)
                        return failed(name, "write", err);
                end = offset + (off_t)len;
        }
        if (rc != ARCHIVE_EOF)
                return read_failed(u, err);
        if (archive_entry_size(entry) > end && ftruncate(fd, archive_entry_size(entry)) < 0)
                return failed(name, "set its size", err);
        return 0;
}

static int open_new(struct unpacker *u, const char *last, mode_t mode)
{
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        int fd = openat(u->parent_fd, last, flags, mode);

        if (fd < 0 && errno == EEXIST && clear_place(u, last) == 0)
                fd = openat(u->parent_fd, last, flags, mode);
        return fd;
}

static int make_file(struct unpacker *u, struct archive_entry *entry, const char *last,
                     struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        mode_t mode = archive_entry_perm(entry);
        AUTO_CLOSE int fd = open_new(u, last, mode);
        struct timespec times[2] = { mtime_of(entry), mtime_of(entry) };

        if (fd < 0)
                return failed(name, "create", err);
        if (write_data(u, fd, entry, err) < 0)
                return -1;
        if (set_owner(u, u->parent_fd, last, entry) < 0)
                return owner_failed(name, entry, err);
        /* chown and write clear the set-id bits (chown(2)). */
        if ((mode & 06000) && fchmod(fd, mode) < 0)
                return failed(name, "set its mode", err);
        if (set_xattrs(fd, entry, err) < 0)
                return -1;
        return futimens(fd, times) < 0 ? failed(name, "set its time", err) : 0;
}

static void note_dir(struct unpacker *u, const char *path, struct archive_entry *entry)
{
        if (u->dir_count == u->dir_room) {
                u->dir_room = u->dir_room ? u->dir_room * 2 : 64;
                u->dirs = xreallocarray(u->dirs, u->dir_room, sizeof(*u->dirs));
        }
        u->dirs[u->dir_count++] = (struct late_dir){ .path = xstrdup(path),
                                                     .mode = archive_entry_perm(entry),
                                                     .mtime = mtime_of(entry) };
}

/* It stands in the archive after all. */
static void forget_implied(struct unpacker *u, const char *path)
{
        struct strv *v = &u->result->implied_dirs;

        for (size_t i = 0; i < v->count; i++)
                if (strcmp(v->items[i], path) == 0) {
                        free(v->items[i]);
                        v->items[i] = v->items[--v->count];
                        v->items[v->count] = NULL;
                        return;
                }
}

static int make_dir(struct unpacker *u, struct archive_entry *entry, const char *path,
                    const char *last, struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        mode_t mode = archive_entry_perm(entry) | 0700;
        AUTO_CLOSE int fd = -1;
        struct stat st;

        if (mkdirat(u->parent_fd, last, mode) < 0) {
                if (errno != EEXIST || fstatat(u->parent_fd, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return failed(name, "create", err);
                if (!S_ISDIR(st.st_mode) &&
                    (clear_place(u, last) < 0 || mkdirat(u->parent_fd, last, mode) < 0))
                        return failed(name, "create", err);
        }
        fd = openat(u->parent_fd, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || set_owner(u, u->parent_fd, last, entry) < 0)
                return owner_failed(name, entry, err);
        forget_implied(u, path);
        note_dir(u, path, entry);
        return set_xattrs(fd, entry, err);
}

static int make_link(struct unpacker *u, struct archive_entry *entry, const char *last,
                     struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        struct timespec times[2] = { mtime_of(entry), mtime_of(entry) };

        if (clear_place(u, last) < 0 ||
            symlinkat(archive_entry_symlink(entry), u->parent_fd, last) < 0)
                return failed(name, "create link", err);
        if (set_owner(u, u->parent_fd, last, entry) < 0 ||
            utimensat(u->parent_fd, last, times, AT_SYMLINK_NOFOLLOW) < 0)
                return owner_failed(name, entry, err);
        return 0;
}

/* The target's directory is resolved inside the root; the target itself is not followed. */
static int make_hard_link(struct unpacker *u, struct archive_entry *entry, const char *last,
                          struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        AUTO_FREE char *target = clean_path(archive_entry_hardlink(entry));
        AUTO_CLOSE int dir_fd = -1;
        char *slash;

        if (!target || !target[0])
                return refuse(name, "its hard link leads outside of the layer", err);
        slash = strrchr(target, '/');
        if (slash)
                *slash = '\0';
        dir_fd = path_open_in(u->root_fd, slash ? target : ".", O_PATH | O_DIRECTORY, 0);
        if (dir_fd < 0)
                return failed(name, "find the file that it links to", err);
        if (linkat(dir_fd, slash ? slash + 1 : target, u->parent_fd, last, 0) == 0)
                return 0;
        if (errno == EEXIST && clear_place(u, last) == 0 &&
            linkat(dir_fd, slash ? slash + 1 : target, u->parent_fd, last, 0) == 0)
                return 0;
        return failed(name, "create hard link", err);
}

/* An empty file whose record names the device. */
static int make_stand_in(struct unpacker *u, struct archive_entry *entry, const char *last)
{
        AUTO_CLOSE int fd = openat(u->parent_fd, last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                   archive_entry_perm(entry));

        return fd < 0 ? -1 : 0;
}

static int make_node(struct unpacker *u, struct archive_entry *entry, const char *path,
                     const char *last, struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        struct timespec times[2] = { mtime_of(entry), mtime_of(entry) };

        if (clear_place(u, last) < 0)
                return failed(name, "create", err);
        if (mknodat(u->parent_fd, last, archive_entry_mode(entry), archive_entry_rdev(entry)) < 0) {
                if (errno != EPERM || (u->source->recorded && make_stand_in(u, entry, last) < 0))
                        return failed(name, "create", err);
                if (!u->source->recorded) {
                        strv_add(&u->result->skipped_devices, path);
                        return 0;
                }
        }
        if (set_owner(u, u->parent_fd, last, entry) < 0 ||
            utimensat(u->parent_fd, last, times, AT_SYMLINK_NOFOLLOW) < 0)
                return owner_failed(name, entry, err);
        return 0;
}

/* ".wh.NAME" hides NAME of the layers below. */
static int make_whiteout(struct unpacker *u, const char *name, const char *last, struct error *err)
{
        const char *hidden = last + strlen(WHITEOUT_PREFIX);

        if (!hidden[0] || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
                return refuse(name, "it hides no name of its directory", err);
        if (strncmp(hidden, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
                return 0; /* AUFS's own bookkeeping (.wh..wh.plnk, .wh..wh.aufs) */
        if (clear_place(u, hidden) < 0 || whiteout_make(u->parent_fd, hidden) < 0)
                return failed(name, "create whiteout", err);
        return 0;
}

static int make_opaque(struct unpacker *u, const char *name, struct error *err)
{
        if (whiteout_make_opaque(u->parent_fd) < 0)
                return failed(name, "mark its directory opaque", err);
        return 0;
}

static int make_by_type(struct unpacker *u, struct archive_entry *entry, const char *path,
                        const char *last, struct error *err)
{
        switch (archive_entry_filetype(entry)) {
        case AE_IFREG:
                return make_file(u, entry, last, err);
        case AE_IFDIR:
                return make_dir(u, entry, path, last, err);
        case AE_IFLNK:
                return make_link(u, entry, last, err);
        case AE_IFIFO:
        case AE_IFCHR:
        case AE_IFBLK:
                return make_node(u, entry, path, last, err);
        default:
                return refuse(path, "its type is not known", err);
        }
}

/* The root directory's own entry: mode and owner of "/". */
static int make_root(struct unpacker *u, struct archive_entry *entry, struct error *err)
{
        if (archive_entry_filetype(entry) != AE_IFDIR)
                return refuse(archive_entry_pathname(entry), "the root is not a directory", err);
        if (set_owner(u, u->root_fd, ".", entry) < 0)
                return owner_failed("/", entry, err);
        note_dir(u, ".", entry);
        return 0;
}

static void note_owner(struct unpacker *u, struct archive_entry *entry)
{
        const la_int64_t ids[] = { archive_entry_uid(entry), archive_entry_gid(entry) };

        for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
                if (ids[i] > u->result->max_id && ids[i] < UINT32_MAX)
                        u->result->max_id = (uint32_t)ids[i];
}

static int make_entry(struct unpacker *u, struct archive_entry *entry, struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        AUTO_FREE char *path = name ? clean_path(name) : NULL;
        const char *last;

        if (!name)
                return refuse("", "it has no name", err);
        if (!path)
                return refuse(name, "its path leads outside of the layer or is too long", err);
        note_owner(u, entry);
        if (!path[0])
                return make_root(u, entry, err);
        if (enter_parent(u, path, &last, err) < 0)
                return -1;
        if (!u->source->plain && strcmp(last, WHITEOUT_OPAQUE) == 0)
                return make_opaque(u, name, err);
        if (!u->source->plain && strncmp(last, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
                return make_whiteout(u, name, last, err);
        if (archive_entry_hardlink(entry))
                return make_hard_link(u, entry, last, err);
        return make_by_type(u, entry, path, last, err);
}

/* Deepest first is not needed: setting a directory's time changes no other directory. */
static int finish_dirs(struct unpacker *u, struct error *err)
{
        for (size_t i = 0; i < u->dir_count; i++) {
                const struct late_dir *dir = &u->dirs[i];
                struct timespec times[2] = { dir->mtime, dir->mtime };
                AUTO_CLOSE int fd =
                        path_open_in(u->root_fd, dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

                /* A later entry may have replaced it. */
                if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
                        continue;
                if (fd < 0 || fchmod(fd, dir->mode) < 0 || futimens(fd, times) < 0)
                        return failed(dir->path, "set its mode", err);
        }
        return 0;
}

static la_ssize_t feed(struct archive *archive, void *data, const void **piece_out)
{
        struct unpacker *u = data;
        ssize_t n = u->source->next(u->source->data, piece_out, u->source_error);

        if (n < 0)
                archive_set_error(archive, EIO, "%s", u->source_error->text);
        return n;
}

static int unpack_all(struct unpacker *u, struct error *err)
{
        struct archive_entry *entry;
        int rc;

        while ((rc = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK ||
               rc == ARCHIVE_WARN) {
                if (++u->result->entries > UNPACK_ENTRIES_MAX)
                        return error_set(err, ERROR_TOO_LARGE,
                                         "the layer has more than %llu entries",
                                         (unsigned long long)UNPACK_ENTRIES_MAX);
                if (make_entry(u, entry, err) < 0)
                        return -1;
        }
        return rc == ARCHIVE_EOF ? finish_dirs(u, err) : read_failed(u, err);
}

static void unpacker_release(struct unpacker *u)
{
        for (size_t i = 0; i < u->dir_count; i++)
                free(u->dirs[i].path);
        free(u->dirs);
        free(u->parent_path);
        if (u->parent_fd >= 0)
                close(u->parent_fd);
        archive_read_free(u->archive);
}

int unpack_tar(int root_fd, const struct unpack_source *source, struct unpack_result *result_out,
               struct error *err)
{
        struct error source_error = { 0 };
        struct unpack_result result = { 0 };
        struct unpacker u = { .root_fd = root_fd,
                              .archive = archive_read_new(),
                              .source = source,
                              .source_error = &source_error,
                              .result = &result,
                              .uid = geteuid(),
                              .gid = getegid(),
                              .parent_fd = -1 };
        int rc;

        if (own_by_root(&u, root_fd) < 0) {
                archive_read_free(u.archive);
                return error_set(err, ERROR_INVALID,
                                 "the user namespace has no root (0:0), whom "
                                 "the image's files belong to");
        }
        archive_read_support_format_tar(u.archive);
        archive_read_support_format_empty(u.archive);
        if (archive_read_open(u.archive, &u, NULL, feed, NULL) != ARCHIVE_OK)
                rc = read_failed(&u, err);
        else
                rc = unpack_all(&u, err);
        unpacker_release(&u);
        if (rc < 0)
                unpack_result_release(&result);
        else
                *result_out = result;
        return rc;
}
