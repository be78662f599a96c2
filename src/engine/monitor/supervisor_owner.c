/* chown(2) and its family: the owner goes into the file's record (rootless/override.h).
 *
 * Who may change what follows chown(2), with the ids that the caller is said to have. A file that
 * is not the user's own is refused by the kernel when the record is written. Where no record can be
 * kept - a file system without attributes, a socket of which only the descriptor is known - the
 * call succeeds all the same: a package that cannot chown cannot be installed.
 */
#include "engine/monitor/supervisor_owner.h"

#include "base/cleanup.h"
#include "engine/monitor/supervisor_ids.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <unistd.h>

int owned_look(const struct call *call, struct owned *file)
{
        const struct supervisor_config *config = call->config;

        if (fstat(file->fd, &file->st) < 0)
                return -1;
        /* With --userns=keep-id the one id is the caller's; the image's files are root's. */
        if ((config->base_uid != 0 || config->base_gid != 0) && call_on_root(call, file->fd)) {
                file->rootfs_root =
                        file->st.st_uid == config->base_uid || file->st.st_gid == config->base_gid;
                if (file->st.st_uid == config->base_uid)
                        file->st.st_uid = 0;
                if (file->st.st_gid == config->base_gid)
                        file->st.st_gid = 0;
        }
        return 0;
}

static struct override_place place_of(const struct owned *file)
{
        return (struct override_place){
                .fd = file->fd, .dir_fd = file->dir_fd, .name = file->name, .st = &file->st
        };
}

bool owned_get(const struct owned *file, struct override *override_out)
{
        const struct override_place place = place_of(file);

        *override_out = (struct override){ .uid = file->st.st_uid, .gid = file->st.st_gid };
        return override_get(&place, override_out) || file->rootfs_root;
}

int owned_set(const struct owned *file, const struct override *override)
{
        const struct override_place place = place_of(file);

        return override_set(&place, override);
}

static int check(const struct call *call, const struct fake_ids *ids, const struct override *now,
                 uid_t uid, gid_t gid)
{
        if (ids_capable(call, ids, CAP_CHOWN))
                return 0;
        if (now->uid != ids->uid[ID_FS] || (uid != (uid_t)-1 && uid != now->uid))
                return EPERM;
        if (gid != (gid_t)-1 && gid != now->gid && !ids_in_group(ids, gid))
                return EPERM;
        return 0;
}

/* A new owner does not inherit set-id bits (chown(2)). */
static void drop_set_id(const struct owned *file)
{
        mode_t drop = S_ISUID | (file->st.st_mode & S_IXGRP ? S_ISGID : 0);
        char path[64];

        if (!S_ISREG(file->st.st_mode) || !(file->st.st_mode & drop))
                return;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
        (void)chmod(path, file->st.st_mode & ~drop & 07777);
}

static int change(const struct call *call, const struct owned *file, uid_t uid, gid_t gid)
{
        struct fake_ids ids;
        struct override override;
        int error;

        ids_of_caller(call, &ids);
        (void)owned_get(file, &override);
        error = check(call, &ids, &override, uid, gid);
        if (error)
                return error;
        if (uid != (uid_t)-1)
                override.uid = uid;
        if (gid != (gid_t)-1)
                override.gid = gid;
        if (!call_valid(call))
                return ESRCH;
        drop_set_id(file);
        if (owned_set(file, &override) == 0)
                return 0;
        if (errno == EROFS)
                return EROFS;
        /* Not ours: the kernel's word. Attributes that a kind of file cannot have say EPERM too. */
        if ((errno == EPERM || errno == EACCES) &&
            (S_ISREG(file->st.st_mode) || S_ISDIR(file->st.st_mode)))
                return EPERM;
        return 0;
}

/* The directory is of use only where the record is in it. */
static void open_directory(const struct call *call, struct owned *file, int dir_fd,
                           const char *path, char name[NAME_MAX + 1])
{
        if (S_ISREG(file->st.st_mode) || S_ISDIR(file->st.st_mode))
                return;
        file->dir_fd = call_open_parent(call, dir_fd, path, name);
        file->name = name;
}

static void change_path(struct call *call, int dir_fd, uint64_t address, const uint32_t owner[2],
                        int flags)
{
        char path[PATH_MAX], name[NAME_MAX + 1];
        AUTO_CLOSE int fd = -1;
        struct owned file = { .dir_fd = -1 };
        int error;

        if (call_read_path(call, address, path) < 0) {
                call_fail(call, errno);
                return;
        }
        if (!path[0] && !(flags & AT_EMPTY_PATH)) {
                call_fail(call, ENOENT);
                return;
        }
        fd = call_open(call, dir_fd, path, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
        file.fd = fd;
        if (fd < 0 || owned_look(call, &file) < 0) {
                call_fail(call, errno);
                return;
        }
        open_directory(call, &file, dir_fd, path, name);
        error = change(call, &file, owner[0], owner[1]);
        if (file.dir_fd >= 0)
                close(file.dir_fd);
        if (error)
                call_fail(call, error);
        else
                call_return(call, 0);
}

#define OWNER_ARGS(call, n)                                                                        \
        ((const uint32_t[]){ (uint32_t)call_arg(call, (n)), (uint32_t)call_arg(call, (n) + 1) })

void supervisor_chown(struct call *call)
{
        change_path(call, AT_FDCWD, call_arg(call, 0), OWNER_ARGS(call, 1), 0);
}

void supervisor_lchown(struct call *call)
{
        change_path(call, AT_FDCWD, call_arg(call, 0), OWNER_ARGS(call, 1), AT_SYMLINK_NOFOLLOW);
}

void supervisor_fchownat(struct call *call)
{
        change_path(call, (int)call_arg(call, 0), call_arg(call, 1), OWNER_ARGS(call, 2),
                    (int)call_arg(call, 4));
}

void supervisor_fchown(struct call *call)
{
        const uint32_t *owner = OWNER_ARGS(call, 1);
        AUTO_CLOSE int fd = -1;
        struct owned file = { .dir_fd = -1 };
        int error;

        if ((int)call_arg(call, 0) < 0) {
                call_fail(call, EBADF);
                return;
        }
        fd = call_open(call, (int)call_arg(call, 0), "", 0);
        file.fd = fd;
        if (fd < 0 || owned_look(call, &file) < 0) {
                call_fail(call, errno == ENOENT ? EBADF : errno);
                return;
        }
        error = change(call, &file, owner[0], owner[1]);
        if (error)
                call_fail(call, error);
        else
                call_return(call, 0);
}
