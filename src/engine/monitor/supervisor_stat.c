/* The stat family: owners and devices out of the record.
 *
 * A file without a record is left to the kernel, as is every failure: nothing is decided here, so
 * letting the call go on is no question of security.
 */
#include "base/cleanup.h"
#include "engine/monitor/supervisor_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Has the file an owner other than the kernel's? Then *fd_out is it, and what there is to say in
 * *override_out. */
static bool look(struct call *call, int dir_fd, uint64_t address, int flags, int *fd_out,
                 struct override *override_out, struct stat *st_out)
{
        char path[PATH_MAX] = "", name[NAME_MAX + 1];
        AUTO_CLOSE int fd = -1;
        struct owned file = { .dir_fd = -1 };
        bool differs;

        if (address && call_read_path(call, address, path) < 0)
                return false;
        if (!path[0] && (!(flags & AT_EMPTY_PATH) || dir_fd < 0))
                return false;
        fd = call_open(call, dir_fd, path, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
        file.fd = fd;
        if (fd < 0 || owned_look(call, &file) < 0)
                return false;
        if (!S_ISREG(file.st.st_mode) && !S_ISDIR(file.st.st_mode) && path[0]) {
                file.dir_fd = call_open_parent(call, dir_fd, path, name);
                file.name = name;
        }
        differs = owned_get(&file, override_out);
        if (file.dir_fd >= 0)
                close(file.dir_fd);
        if (!differs)
                return false;
        *st_out = file.st;
        *fd_out = take_fd(&fd);
        return true;
}

static void answer_stat(struct call *call, int dir_fd, uint64_t path, int flags, uint64_t out)
{
        AUTO_CLOSE int fd = -1;
        struct override override;
        struct stat st;

        if (!look(call, dir_fd, path, flags, &fd, &override, &st)) {
                call_continue(call);
                return;
        }
        override_apply(&override, &st);
        if (call_write(call, out, &st, sizeof(st)) < 0)
                call_fail(call, EFAULT);
        else
                call_return(call, 0);
}

void supervisor_stat(struct call *call)
{
        answer_stat(call, AT_FDCWD, call_arg(call, 0), 0, call_arg(call, 1));
}

void supervisor_lstat(struct call *call)
{
        answer_stat(call, AT_FDCWD, call_arg(call, 0), AT_SYMLINK_NOFOLLOW, call_arg(call, 1));
}

void supervisor_fstat(struct call *call)
{
        answer_stat(call, (int)call_arg(call, 0), 0, AT_EMPTY_PATH, call_arg(call, 1));
}

void supervisor_newfstatat(struct call *call)
{
        answer_stat(call, (int)call_arg(call, 0), call_arg(call, 1), (int)call_arg(call, 3),
                    call_arg(call, 2));
}

static void apply_to_statx(const struct stat *st, struct statx *stx)
{
        stx->stx_uid = st->st_uid;
        stx->stx_gid = st->st_gid;
        stx->stx_mode = (uint16_t)st->st_mode;
        stx->stx_rdev_major = major(st->st_rdev);
        stx->stx_rdev_minor = minor(st->st_rdev);
        stx->stx_size = (uint64_t)st->st_size;
        stx->stx_blocks = (uint64_t)st->st_blocks;
}

void supervisor_statx(struct call *call)
{
        int flags = (int)call_arg(call, 2);
        AUTO_CLOSE int fd = -1;
        struct override override;
        struct statx stx;
        struct stat st;

        if (!look(call, (int)call_arg(call, 0), call_arg(call, 1), flags, &fd, &override, &st) ||
            statx(fd, "", (flags & AT_STATX_SYNC_TYPE) | AT_EMPTY_PATH, (unsigned)call_arg(call, 3),
                  &stx) < 0) {
                call_continue(call);
                return;
        }
        override_apply(&override, &st);
        apply_to_statx(&st, &stx);
        if (call_write(call, call_arg(call, 4), &stx, sizeof(stx)) < 0)
                call_fail(call, EFAULT);
        else
                call_return(call, 0);
}
