/* Cloning a mount out of another process's mount namespace. See foreign.h. */
#include "engine/runtime/foreign.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/mounting.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The pid, and what is behind "/proc/PID/root"; NULL: another path. */
static const char *parse(const char *path, int *pid_out)
{
        int end = 0;

        if (sscanf(path, "/proc/%d/root%n", pid_out, &end) != 1 || end == 0 || path[end] != '/')
                return NULL;
        return path + end;
}

bool foreign_is(const char *path)
{
        int pid;

        return parse(path, &pid) != NULL;
}

static int clone_there(int namespace_fd, const char *path, bool recursive)
{
        struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
        AUTO_CLOSE int fd = -1;

        if (setns(namespace_fd, CLONE_NEWNS) < 0)
                return -1;
        fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
        return fd < 0 ? -1 : mounting_clone(fd, "", recursive);
}

static _Noreturn void helper(int namespace_fd, const char *path, bool recursive, int answer_fd)
{
        int fd = clone_there(namespace_fd, path, recursive);
        int sys = fd < 0 ? errno : 0;

        (void)!(fd < 0 ? send(answer_fd, &sys, sizeof(sys), MSG_NOSIGNAL)
                       : fd_send_with(answer_fd, &sys, sizeof(sys), fd));
        _exit(0);
}

int foreign_clone(const char *path, bool recursive, struct error *err)
{
        int pid = 0, pair[2], mount_fd = -1, sys = EIO;
        const char *inside = parse(path, &pid);
        AUTO_FREE char *namespace = xasprintf("/proc/%d/ns/mnt", pid);
        AUTO_CLOSE int namespace_fd = open(namespace, O_RDONLY | O_CLOEXEC);
        pid_t child;

        if (namespace_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_sys(err, errno, "bind %s", path);
        child = fork();
        if (child == 0)
                helper(namespace_fd, inside, recursive, pair[1]);
        close(pair[1]);
        if (child > 0) {
                (void)!fd_receive_with(pair[0], &sys, sizeof(sys), 0, &mount_fd);
                (void)waitpid(child, NULL, 0);
        }
        close(pair[0]);
        return mount_fd < 0 ? error_sys(err, sys ? sys : EIO, "bind %s", path) : mount_fd;
}
