/* Whose an unpacked file is, and its extended attributes. See unpack_parts.h. */
#include "engine/storage/unpack_parts.h"

#include "base/log.h"
#include "engine/storage/whiteout.h"
#include "rootless/override.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

/* EINVAL is what the kernel says of an id that the user namespace has not. */
int unpack_owner_failed(const char *name, struct archive_entry *entry, struct error *err)
{
        if (errno != EINVAL)
                return unpack_failed(name, "set its owner", err);
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

int unpack_set_owner(const struct unpacker *u, int dir_fd, const char *name,
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

int unpack_set_xattrs(int fd, struct archive_entry *entry, struct error *err)
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
                        return unpack_failed(archive_entry_pathname(entry), "set an attribute",
                                             err);
        }
        return 0;
}

struct timespec unpack_mtime(struct archive_entry *entry)
{
        return (struct timespec){ .tv_sec = archive_entry_mtime(entry),
                                  .tv_nsec = archive_entry_mtime_nsec(entry) };
}
