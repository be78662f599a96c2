/* clone3(2), for processes that go on as a copy of ours (like fork(2)). */
#ifndef KELP_ENGINE_RUNTIME_CLONE_H
#define KELP_ENGINE_RUNTIME_CLONE_H

#include <stdbool.h>
#include <sys/types.h>

struct clone_cgroup {
        int fd;        /* a cgroup v2 directory to be born in, or -1: ours */
        bool required; /* false: when the kernel does not let us, ours will do */
};

/* namespaces: CLONE_NEW* flags; pidfd_out may be NULL. 0 in the child, the pid in the parent, -1
 * with errno set. */
pid_t clone_into(unsigned long long namespaces, const struct clone_cgroup *cgroup, int *pidfd_out);

#endif
