/* clone3(2), for processes that go on as a copy of ours (like fork(2)). */
#ifndef KELP_ENGINE_RUNTIME_CLONE_H
#define KELP_ENGINE_RUNTIME_CLONE_H

#include <sys/types.h>

/* namespaces: CLONE_NEW* flags, also CLONE_PARENT and CLONE_FILES; cgroup_fd: a cgroup v2 directory
 * or -1; pidfd_out may be NULL. 0 in the child, the pid in the parent, -1 with errno set. When the
 * cgroup may not be entered, the child is born in ours (whoever needs to know asks cgroup_send()).
 */
pid_t clone_into(unsigned long long namespaces, int cgroup_fd, int *pidfd_out);

#endif
