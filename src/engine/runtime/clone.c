/* clone3(2) with a pidfd and a cgroup. */
#include "engine/runtime/clone.h"

#include "base/log.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pid_t clone_once(unsigned long long namespaces, int cgroup_fd, int *pidfd_out)
{
        struct clone_args args = {
                .flags = namespaces | (pidfd_out ? CLONE_PIDFD : 0) |
                         (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
                .pidfd = (uintptr_t)pidfd_out,
                .exit_signal = SIGCHLD,
                .cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
        };

        return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

pid_t clone_into(unsigned long long namespaces, const struct clone_cgroup *cgroup, int *pidfd_out)
{
        pid_t pid = clone_once(namespaces, cgroup->fd, pidfd_out);

        if (pid >= 0 || cgroup->fd < 0 || cgroup->required)
                return pid;
        if (errno != EACCES && errno != EPERM && errno != EBUSY && errno != ENOENT)
                return pid;
        log_info("the container's cgroup cannot be entered from here (%s): the process stays in "
                 "ours, continuing",
                 strerror(errno));
        return clone_once(namespaces, -1, pidfd_out);
}
