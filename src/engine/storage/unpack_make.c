/* What is made of an entry, by its type. See unpack_parts.h. */
#include "engine/storage/unpack_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/storage/whiteout.h"

#include <fcntl.h>
#include <string.h>

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
                        return unpack_failed(name, "write", err);
                end = offset + (off_t)len;
        }
        if (rc != ARCHIVE_EOF)
                return unpack_read_failed(u, err);
        if (archive_entry_size(entry) > end && ftruncate(fd, archive_entry_size(entry)) < 0)
                return unpack_failed(name, "set its size", err);
        return 0;
}

static int open_new(struct unpacker *u, const char *last, mode_t mode)
{
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        int fd = openat(u->parent_fd, last, flags, mode);

        if (fd < 0 && errno == EEXIST && unpack_clear_place(u, last) == 0)
                fd = openat(u->parent_fd, last, flags, mode);
        return fd;
}

static int make_file(struct unpacker *u, struct archive_entry *entry, const char *last,
                     struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        mode_t mode = archive_entry_perm(entry);
        AUTO_CLOSE int fd = open_new(u, last, mode);
        struct timespec times[2] = { unpack_mtime(entry), unpack_mtime(entry) };

        if (fd < 0)
                return unpack_failed(name, "create", err);
        if (write_data(u, fd, entry, err) < 0)
                return -1;
        if (unpack_set_owner(u, u->parent_fd, last, entry) < 0)
                return unpack_owner_failed(name, entry, err);
        /* chown and write clear the set-id bits (chown(2)). */
        if ((mode & 06000) && fchmod(fd, mode) < 0)
                return unpack_failed(name, "set its mode", err);
        if (unpack_set_xattrs(fd, entry, err) < 0)
                return -1;
        return futimens(fd, times) < 0 ? unpack_failed(name, "set its time", err) : 0;
}

void unpack_note_dir(struct unpacker *u, const char *path, struct archive_entry *entry)
{
        if (u->dir_count == u->dir_room) {
                u->dir_room = u->dir_room ? u->dir_room * 2 : 64;
                u->dirs = xreallocarray(u->dirs, u->dir_room, sizeof(*u->dirs));
        }
        u->dirs[u->dir_count++] = (struct late_dir){ .path = xstrdup(path),
                                                     .mode = archive_entry_perm(entry),
                                                     .mtime = unpack_mtime(entry) };
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
                        return unpack_failed(name, "create", err);
                if (!S_ISDIR(st.st_mode) &&
                    (unpack_clear_place(u, last) < 0 || mkdirat(u->parent_fd, last, mode) < 0))
                        return unpack_failed(name, "create", err);
        }
        fd = openat(u->parent_fd, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || unpack_set_owner(u, u->parent_fd, last, entry) < 0)
                return unpack_owner_failed(name, entry, err);
        unpack_forget_implied(u, path);
        unpack_note_dir(u, path, entry);
        return unpack_set_xattrs(fd, entry, err);
}

static int make_link(struct unpacker *u, struct archive_entry *entry, const char *last,
                     struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        struct timespec times[2] = { unpack_mtime(entry), unpack_mtime(entry) };

        if (unpack_clear_place(u, last) < 0 ||
            symlinkat(archive_entry_symlink(entry), u->parent_fd, last) < 0)
                return unpack_failed(name, "create link", err);
        if (unpack_set_owner(u, u->parent_fd, last, entry) < 0 ||
            utimensat(u->parent_fd, last, times, AT_SYMLINK_NOFOLLOW) < 0)
                return unpack_owner_failed(name, entry, err);
        return 0;
}

/* The target's directory is resolved inside the root; the target itself is not followed. */
int unpack_make_hard_link(struct unpacker *u, struct archive_entry *entry, const char *last,
                          struct error *err)
{
        const char *name = archive_entry_pathname(entry);
        AUTO_FREE char *target = unpack_clean_path(archive_entry_hardlink(entry));
        AUTO_CLOSE int dir_fd = -1;
        char *slash;

        if (!target || !target[0])
                return unpack_refuse(name, "its hard link leads outside of the layer", err);
        slash = strrchr(target, '/');
        if (slash)
                *slash = '\0';
        dir_fd = path_open_in(u->root_fd, slash ? target : ".", O_PATH | O_DIRECTORY, 0);
        if (dir_fd < 0)
                return unpack_failed(name, "find the file that it links to", err);
        if (linkat(dir_fd, slash ? slash + 1 : target, u->parent_fd, last, 0) == 0)
                return 0;
        if (errno == EEXIST && unpack_clear_place(u, last) == 0 &&
            linkat(dir_fd, slash ? slash + 1 : target, u->parent_fd, last, 0) == 0)
                return 0;
        return unpack_failed(name, "create hard link", err);
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
        struct timespec times[2] = { unpack_mtime(entry), unpack_mtime(entry) };

        if (unpack_clear_place(u, last) < 0)
                return unpack_failed(name, "create", err);
        if (mknodat(u->parent_fd, last, archive_entry_mode(entry), archive_entry_rdev(entry)) < 0) {
                if (errno != EPERM || (u->source->recorded && make_stand_in(u, entry, last) < 0))
                        return unpack_failed(name, "create", err);
                if (!u->source->recorded) {
                        strv_add(&u->result->skipped_devices, path);
                        return 0;
                }
        }
        if (unpack_set_owner(u, u->parent_fd, last, entry) < 0 ||
            utimensat(u->parent_fd, last, times, AT_SYMLINK_NOFOLLOW) < 0)
                return unpack_owner_failed(name, entry, err);
        return 0;
}

/* ".wh.NAME" hides NAME of the layers below. */
int unpack_make_whiteout(struct unpacker *u, const char *name, const char *last, struct error *err)
{
        const char *hidden = last + strlen(WHITEOUT_PREFIX);

        if (!hidden[0] || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
                return unpack_refuse(name, "it hides no name of its directory", err);
        if (strncmp(hidden, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
                return 0; /* AUFS's own bookkeeping (.wh..wh.plnk, .wh..wh.aufs) */
        if (unpack_clear_place(u, hidden) < 0 || whiteout_make(u->parent_fd, hidden) < 0)
                return unpack_failed(name, "create whiteout", err);
        return 0;
}

int unpack_make_opaque(struct unpacker *u, const char *name, struct error *err)
{
        if (whiteout_make_opaque(u->parent_fd) < 0)
                return unpack_failed(name, "mark its directory opaque", err);
        return 0;
}

int unpack_make(struct unpacker *u, struct archive_entry *entry, const char *path, const char *last,
                struct error *err)
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
                return unpack_refuse(path, "its type is not known", err);
        }
}
