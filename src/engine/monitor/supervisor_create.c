/* New files: they belong to whom the process that makes them is said to be.
 *
 * To the kernel everything new belongs to the one user. Where that is what is wanted - root,
 * outside of a set-group-ID directory, most of all - the call goes on as it is: nothing is decided.
 * Else the file is made here, in the directory that the caller means, gets its record, and the
 * caller gets the descriptor. A device is made here always: an empty file whose record names it.
 */
#include "base/cleanup.h"
#include "engine/monitor/supervisor_ids.h"
#include "engine/monitor/supervisor_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct place {
        int dir_fd; /* O_PATH */
        char name[NAME_MAX + 1];
        struct override owner; /* of what is made */
        bool by_itself;        /* that is what the kernel does */
};

static void release_place(struct place *place)
{
        if (place->dir_fd >= 0)
                close(place->dir_fd);
}
#define AUTO_PLACE __attribute__((cleanup(release_place)))

/* The owner of a file that the caller makes in this directory (open(2), "S_ISGID"). */
static void find_owner(const struct call *call, struct place *place)
{
        const struct supervisor_config *config = call->config;
        struct owned dir = { .fd = place->dir_fd, .dir_fd = -1 };
        struct override of_dir;
        struct fake_ids ids;
        bool root_id = config->base_uid == 0 && config->base_gid == 0;

        ids_of_caller(call, &ids);
        place->owner = (struct override){ .uid = ids.uid[ID_FS], .gid = ids.gid[ID_FS] };
        if (owned_look(call, &dir) == 0 && (dir.st.st_mode & S_ISGID)) {
                (void)owned_get(&dir, &of_dir);
                place->owner.gid = of_dir.gid;
        }
        if (root_id || call_on_root(call, place->dir_fd))
                place->by_itself = place->owner.uid == 0 && place->owner.gid == 0;
        else
                place->by_itself = place->owner.uid == config->base_uid &&
                                   place->owner.gid == config->base_gid;
}

/* False: the kernel knows best what is wrong with that path, the answer is given. whole: the path
 * is the directory itself. */
static bool find_place(struct call *call, int dir_fd, uint64_t address, bool whole,
                       struct place *place)
{
        char path[PATH_MAX];

        place->dir_fd = -1;
        if (call_read_path(call, address, path) == 0 && path[0])
                place->dir_fd = whole ? call_open(call, dir_fd, path, O_DIRECTORY)
                                      : call_open_parent(call, dir_fd, path, place->name);
        if (place->dir_fd < 0) {
                call_continue(call);
                return false;
        }
        find_owner(call, place);
        return true;
}

/* The record of what was just made. */
static int give_owner(const struct call *call, const struct place *place, int fd)
{
        struct owned file = { .fd = fd, .dir_fd = place->dir_fd, .name = place->name };

        return owned_look(call, &file) < 0 ? -1 : owned_set(&file, &place->owner);
}

/* By name; not followed. */
static void give_owner_at(const struct call *call, const struct place *place)
{
        AUTO_CLOSE int fd = openat(place->dir_fd, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

        if (fd >= 0)
                (void)give_owner(call, place, fd);
}

/* The directory may remember a link or fifo of that name that is gone. */
static void forget_member(const struct place *place)
{
        const struct stat st = { .st_mode = S_IFLNK };
        const struct override_place where = {
                .fd = -1, .dir_fd = place->dir_fd, .name = place->name, .st = &st
        };
        const struct override plain = { 0 };
        struct override old;

        if (override_get(&where, &old))
                (void)override_set(&where, &plain);
}

static int hand_over(const struct call *call, int fd, int flags)
{
        struct seccomp_notif_addfd add = { .id = call->notif->id,
                                           .srcfd = (uint32_t)fd,
                                           .newfd_flags = (uint32_t)(flags & O_CLOEXEC) };

        return ioctl(call->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}

static void create_file(struct call *call, const struct place *place, int flags, mode_t mode)
{
        bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
        mode_t masked = mode & 07777 & ~call_umask(call);
        AUTO_CLOSE int fd = -1;
        int theirs;

        fd = openat(place->dir_fd, unnamed ? "." : place->name,
                    flags | O_CLOEXEC | O_NOCTTY | (unnamed ? 0 : O_EXCL), masked);
        if (fd < 0) { /* it is there already, or may not be made: the kernel's to say */
                call_continue(call);
                return;
        }
        (void)give_owner(call, place, fd);
        theirs = hand_over(call, fd, flags);
        if (theirs < 0)
                call_fail(call, errno);
        else
                call_return(call, theirs);
}

static void answer_open(struct call *call, int dir_fd, uint64_t path, int flags, mode_t mode)
{
        bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
        AUTO_PLACE struct place place = { .dir_fd = -1 };

        if ((flags & O_PATH) || (!unnamed && (flags & O_DIRECTORY))) {
                call_continue(call);
                return;
        }
        if (!find_place(call, dir_fd, path, unnamed, &place))
                return;
        if (place.by_itself || !call_valid(call))
                call_continue(call);
        else
                create_file(call, &place, flags, mode);
}

void supervisor_open(struct call *call)
{
        answer_open(call, AT_FDCWD, call_arg(call, 0), (int)call_arg(call, 1),
                    (mode_t)call_arg(call, 2));
}

void supervisor_creat(struct call *call)
{
        answer_open(call, AT_FDCWD, call_arg(call, 0), O_CREAT | O_WRONLY | O_TRUNC,
                    (mode_t)call_arg(call, 1));
}

void supervisor_openat(struct call *call)
{
        answer_open(call, (int)call_arg(call, 0), call_arg(call, 1), (int)call_arg(call, 2),
                    (mode_t)call_arg(call, 3));
}

/* With restrictions of its own on the way to the file, it is the kernel's. */
void supervisor_openat2(struct call *call)
{
        struct open_how how = { 0 };
        size_t size = call_arg(call, 3);

        if (size < sizeof(how) || call_read(call, call_arg(call, 2), &how, sizeof(how)) < 0 ||
            how.resolve || !(how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
                call_continue(call);
        else
                answer_open(call, (int)call_arg(call, 0), call_arg(call, 1), (int)how.flags,
                            (mode_t)how.mode);
}

static void answer_mkdir(struct call *call, int dir_fd, uint64_t path, mode_t mode)
{
        AUTO_PLACE struct place place = { .dir_fd = -1 };

        if (!find_place(call, dir_fd, path, false, &place))
                return;
        if (place.by_itself || !call_valid(call)) {
                call_continue(call);
        } else if (mkdirat(place.dir_fd, place.name, mode & 01777 & ~call_umask(call)) < 0) {
                call_fail(call, errno);
        } else {
                give_owner_at(call, &place);
                call_return(call, 0);
        }
}

void supervisor_mkdir(struct call *call)
{
        answer_mkdir(call, AT_FDCWD, call_arg(call, 0), (mode_t)call_arg(call, 1));
}

void supervisor_mkdirat(struct call *call)
{
        answer_mkdir(call, (int)call_arg(call, 0), call_arg(call, 1), (mode_t)call_arg(call, 2));
}

/* A device is worth nothing without its record. */
static void create_device(struct call *call, struct place *place, mode_t mode, dev_t rdev)
{
        AUTO_CLOSE int fd = openat(place->dir_fd, place->name,
                                   O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                                   mode & 07777 & ~call_umask(call));
        int error;

        if (fd < 0) {
                call_fail(call, errno);
                return;
        }
        place->owner.type = mode & S_IFMT;
        place->owner.rdev = rdev;
        if (give_owner(call, place, fd) == 0) {
                call_return(call, 0);
                return;
        }
        error = errno == EROFS || errno == ENOSPC ? errno : EPERM;
        (void)unlinkat(place->dir_fd, place->name, 0);
        call_fail(call, error);
}

/* The kernel's numbers of devices in system calls are the C library's (makedev(3)) up to 32 bits.
 */
static void answer_mknod(struct call *call, int dir_fd, uint64_t path, mode_t mode, dev_t rdev)
{
        AUTO_PLACE struct place place = { .dir_fd = -1 };
        struct fake_ids ids;

        if (!find_place(call, dir_fd, path, false, &place))
                return;
        if (S_ISCHR(mode) || S_ISBLK(mode)) {
                ids_of_caller(call, &ids);
                if (ids.uid[ID_EFFECTIVE] != 0 || !call_valid(call))
                        call_fail(call, EPERM);
                else
                        create_device(call, &place, mode, rdev);
                return;
        }
        forget_member(&place);
        if (place.by_itself || !call_valid(call)) {
                call_continue(call);
        } else if (mknodat(place.dir_fd, place.name,
                           (mode & S_IFMT) | (mode & 07777 & ~call_umask(call)), 0) < 0) {
                call_fail(call, errno);
        } else {
                give_owner_at(call, &place);
                call_return(call, 0);
        }
}

void supervisor_mknod(struct call *call)
{
        answer_mknod(call, AT_FDCWD, call_arg(call, 0), (mode_t)call_arg(call, 1),
                     (dev_t)(uint32_t)call_arg(call, 2));
}

void supervisor_mknodat(struct call *call)
{
        answer_mknod(call, (int)call_arg(call, 0), call_arg(call, 1), (mode_t)call_arg(call, 2),
                     (dev_t)(uint32_t)call_arg(call, 3));
}

static void answer_symlink(struct call *call, uint64_t target, int dir_fd, uint64_t path)
{
        AUTO_PLACE struct place place = { .dir_fd = -1 };
        char text[PATH_MAX];

        if (!find_place(call, dir_fd, path, false, &place))
                return;
        forget_member(&place);
        if (place.by_itself || !call_valid(call)) {
                call_continue(call);
        } else if (call_read_path(call, target, text) < 0 ||
                   symlinkat(text, place.dir_fd, place.name) < 0) {
                call_fail(call, errno);
        } else {
                give_owner_at(call, &place);
                call_return(call, 0);
        }
}

void supervisor_symlink(struct call *call)
{
        answer_symlink(call, call_arg(call, 0), AT_FDCWD, call_arg(call, 1));
}

void supervisor_symlinkat(struct call *call)
{
        answer_symlink(call, call_arg(call, 0), (int)call_arg(call, 1), call_arg(call, 2));
}
