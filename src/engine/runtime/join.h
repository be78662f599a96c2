/* A further process in a running container (exec). */
#ifndef KELP_ENGINE_RUNTIME_JOIN_H
#define KELP_ENGINE_RUNTIME_JOIN_H

#include "base/error.h"
#include "engine/runtime/launch.h"

struct join_request {
        const struct process_plan *process;
        int target_pidfd;                     /* the container's init */
        pid_t target_pid;                     /* the same; only for `chroot` */
        unsigned long long namespaces;        /* CLONE_NEW* to enter */
        int stdio[3];                         /* without a terminal */
        int cgroup_fd;                        /* or -1 */
        const json_t *state;                  /* for a seccomp listener (launch_request) */
        const struct preserved_fds *preserve; /* as in launch_request */
        /* As in launch_request; this process is in the container's namespaces by then. */
        int (*supervise)(void *data, pid_t pid, int listener_fd, struct error *err);
        void *data;
        const char *keyring; /* as in launch_request */
        bool chroot; /* the container's root is not that of its mount namespace, which it shares */
};

/* Enter the container's namespaces - this process stays in them, so it must not look anything up by
 * path afterwards - and execute there. Blocks until the program runs. The caller waits for it. */
int join_execute(const struct join_request *request, struct launch *launch_out, struct error *err);

#endif
