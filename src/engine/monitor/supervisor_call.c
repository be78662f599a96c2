/* See supervisor_call.h. */
#include "engine/monitor/supervisor_call.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096

void call_return(struct call *call, int64_t value)
{
        call->value = value;
        call->error = 0;
        call->goes_on = false;
}

void call_fail(struct call *call, int error)
{
        call->error = error;
        call->goes_on = false;
}

void call_continue(struct call *call)
{
        call->error = 0;
        call->goes_on = true;
}

bool call_valid(const struct call *call)
{
        uint64_t id = call->notif->id;

        return ioctl(call->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static ssize_t copy(const struct call *call, uint64_t address, void *data, size_t len, bool in)
{
        struct iovec local = { .iov_base = data, .iov_len = len };
        struct iovec remote = { .iov_base = (void *)(uintptr_t)address, .iov_len = len };
        pid_t pid = (pid_t)call->notif->pid;

        return in ? process_vm_readv(pid, &local, 1, &remote, 1, 0)
                  : process_vm_writev(pid, &local, 1, &remote, 1, 0);
}

int call_read(const struct call *call, uint64_t address, void *data, size_t len)
{
        if (copy(call, address, data, len, true) == (ssize_t)len)
                return 0;
        errno = EFAULT;
        return -1;
}

int call_write(const struct call *call, uint64_t address, const void *data, size_t len)
{
        if (call_valid(call) &&
            copy(call, address, (void *)(uintptr_t)data, len, false) == (ssize_t)len)
                return 0;
        errno = EFAULT;
        return -1;
}

/* A page at a time: what follows the path may not be mapped. */
int call_read_path(const struct call *call, uint64_t address, char path_out[PATH_MAX])
{
        size_t done = 0;

        while (done < PATH_MAX) {
                size_t len = PAGE - (address + done) % PAGE;
                ssize_t n;

                if (len > PATH_MAX - done)
                        len = PATH_MAX - done;
                n = copy(call, address + done, path_out + done, len, true);
                if (n <= 0) {
                        errno = EFAULT;
                        return -1;
                }
                if (memchr(path_out + done, '\0', (size_t)n))
                        return 0;
                done += (size_t)n;
        }
        errno = ENAMETOOLONG;
        return -1;
}

/* /proc/PID/WHAT of the caller, as O_PATH. */
static int open_own(const struct call *call, const char *what)
{
        char path[64];
        AUTO_CLOSE int fd = -1;

        snprintf(path, sizeof(path), "/proc/%u/%s", call->notif->pid, what);
        fd = open(path, O_PATH | O_CLOEXEC);
        if (fd >= 0 && !call_valid(call)) {
                errno = ESRCH;
                return -1;
        }
        return take_fd(&fd);
}

static int open_base(const struct call *call, int dir_fd)
{
        char what[24];

        if (dir_fd == AT_FDCWD)
                return open_own(call, "cwd");
        if (dir_fd < 0) {
                errno = EBADF;
                return -1;
        }
        snprintf(what, sizeof(what), "fd/%d", dir_fd);
        return open_own(call, what);
}

static int open_path(int base_fd, const char *path, int flags, uint64_t resolve)
{
        struct open_how how = { .flags = (uint64_t)(unsigned)(flags | O_PATH | O_CLOEXEC),
                                .resolve = resolve | RESOLVE_NO_MAGICLINKS };
        long fd;

        /* EAGAIN: a rename raced with the resolution of ".." (openat2(2)). */
        for (int tries = 0; tries < 64; tries++) {
                fd = syscall(SYS_openat2, base_fd, path, &how, sizeof(how));
                if (fd >= 0 || errno != EAGAIN)
                        break;
        }
        return (int)fd;
}

static ssize_t own_link(const struct call *call, const char *what, char text[PATH_MAX])
{
        char path[64];
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%u/%s", call->notif->pid, what);
        n = readlink(path, text, PATH_MAX - 1);
        if (n >= 0)
                text[n] = '\0';
        return n;
}

/* A relative path that leaves the directory it starts from: start at the root instead, with that
 * directory's name in front. A directory that has none in the root (removed, outside of a chroot)
 * finds nothing. */
static int open_from_root(const struct call *call, int dir_fd, const char *path, int flags)
{
        char base[PATH_MAX], root[PATH_MAX], whole[2 * PATH_MAX], what[24] = "cwd";
        AUTO_CLOSE int root_fd = open_own(call, "root");
        ssize_t base_len, root_len;

        if (dir_fd != AT_FDCWD)
                snprintf(what, sizeof(what), "fd/%d", dir_fd);
        base_len = own_link(call, what, base);
        root_len = own_link(call, "root", root);
        if (root_fd < 0 || base_len <= 0 || root_len <= 0 || !call_valid(call)) {
                errno = ENOENT;
                return -1;
        }
        root_len = root_len == 1 ? 0 : root_len; /* "/" */
        if (strncmp(base, root, (size_t)root_len) != 0 ||
            (base[root_len] != '/' && base[root_len] != '\0')) {
                errno = ENOENT;
                return -1;
        }
        snprintf(whole, sizeof(whole), "%s/%s", base + root_len, path);
        return open_path(root_fd, whole, flags, RESOLVE_IN_ROOT);
}

/* Magic links are never followed: these names of the caller's descriptors are read as what they
 * say. -1: it is none. */
static int descriptor_named(const char *path)
{
        static const char *const dirs[] = { "/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/" };
        static const char *const streams[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };

        for (int i = 0; i < 3; i++) {
                size_t len = strlen(dirs[i]);
                char *end;

                if (strcmp(path, streams[i]) == 0)
                        return i;
                if (strncmp(path, dirs[i], len) == 0 && path[len] >= '0' && path[len] <= '9') {
                        unsigned long fd = strtoul(path + len, &end, 10);

                        return *end || fd > INT_MAX ? -1 : (int)fd;
                }
        }
        return -1;
}

int call_open(const struct call *call, int dir_fd, const char *path, int flags)
{
        AUTO_CLOSE int base_fd = -1;
        int named = flags & O_NOFOLLOW ? -1 : descriptor_named(path);
        int fd;

        base_fd = named >= 0       ? open_base(call, named)
                  : path[0] == '/' ? open_own(call, "root")
                                   : open_base(call, dir_fd);
        if (base_fd < 0 || named >= 0 || !path[0])
                return take_fd(&base_fd);
        if (path[0] == '/')
                return open_path(base_fd, path, flags, RESOLVE_IN_ROOT);
        fd = open_path(base_fd, path, flags, RESOLVE_BENEATH);
        if (fd < 0 && errno == EXDEV)
                fd = open_from_root(call, dir_fd, path, flags);
        return fd;
}

int call_open_parent(const struct call *call, int dir_fd, const char *path,
                     char last_out[NAME_MAX + 1])
{
        char copy_of[PATH_MAX];
        size_t len = strlen(path);
        char *slash, *last;

        memcpy(copy_of, path, len + 1);
        while (len > 1 && copy_of[len - 1] == '/')
                copy_of[--len] = '\0';
        slash = strrchr(copy_of, '/');
        last = slash ? slash + 1 : copy_of;
        if (!last[0] || strcmp(last, ".") == 0 || strcmp(last, "..") == 0 ||
            strlen(last) > NAME_MAX) {
                errno = EINVAL;
                return -1;
        }
        memcpy(last_out, last, strlen(last) + 1);
        if (!slash)
                return call_open(call, dir_fd, ".", O_DIRECTORY);
        slash[slash == copy_of] = '\0'; /* the first slash of "/name" stays */
        return call_open(call, dir_fd, copy_of, O_DIRECTORY);
}

int call_get_fd(const struct call *call, int fd)
{
        AUTO_CLOSE int pidfd = -1;
        unsigned long pid = call->notif->pid;
        char path[64], line[256];
        FILE *status;
        int copied;

        /* The caller may be a thread; a pidfd is of its whole process. */
        snprintf(path, sizeof(path), "/proc/%lu/status", pid);
        status = fopen(path, "re");
        while (status && fgets(line, sizeof(line), status))
                if (sscanf(line, "Tgid: %lu", &pid) == 1)
                        break;
        if (status)
                fclose(status);
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0 || !call_valid(call)) {
                errno = ESRCH;
                return -1;
        }
        copied = (int)syscall(438 /* pidfd_getfd */, pidfd, fd, 0);
        return copied;
}

mode_t call_umask(const struct call *call)
{
        char path[64], text[512];
        unsigned mask = 022;
        AUTO_CLOSE int fd = -1;
        const char *line;
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%u/status", call->notif->pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        if (n > 0) {
                text[n] = '\0';
                line = strstr(text, "\nUmask:");
                if (line)
                        mask = (unsigned)strtoul(line + 7, NULL, 8);
        }
        return mask & 0777;
}

static uint64_t mount_of(int fd)
{
        struct statx stx;

        return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 ? 0 : stx.stx_mnt_id;
}

bool call_on_root(const struct call *call, int fd)
{
        AUTO_CLOSE int root_fd = open_own(call, "root");

        return root_fd >= 0 && mount_of(root_fd) == mount_of(fd);
}
