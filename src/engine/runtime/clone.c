/* clone3(2) with a pidfd and a cgroup. */
#include "engine/runtime/clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t clone_into(unsigned long long namespaces, int cgroup_fd, int *pidfd_out)
{
        struct clone_args args = {
                .flags = namespaces | (pidfd_out ? CLONE_PIDFD : 0) |
                         (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
                .pidfd = (uintptr_t)pidfd_out,
                /* A sibling of ours ends with the signal that we end with (clone(2)). */
                .exit_signal = namespaces & CLONE_PARENT ? 0 : SIGCHLD,
                .cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
        };
        long pid = syscall(SYS_clone3, &args, sizeof(args));

        if (pid < 0 && cgroup_fd >= 0 &&
            (errno == EACCES || errno == EPERM || errno == EBUSY || errno == ENOENT))
                return clone_into(namespaces, -1, pidfd_out);
        return (pid_t)pid;
}
