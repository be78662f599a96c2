/* Starting a container's first process: the parent's side. See handshake.h for the order. */
#ifndef KELP_ENGINE_RUNTIME_LAUNCH_H
#define KELP_ENGINE_RUNTIME_LAUNCH_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <sys/types.h>

struct launch_request {
        const struct launch_plan *plan;
        int stdio[3];  /* without a terminal: what becomes 0, 1, 2 */
        int cgroup_fd; /* a cgroup v2 directory to be born in, or -1 */
        /* Called in the child, in its new mount namespace, to mount the root at plan->root; NULL
         * when it is there. */
        int (*mount_root)(void *data, struct error *err);
        void *data;
        /* Called in the parent with plan->process.emulate: answer this listener (taken over) for
         * the process, which waits. */
        int (*supervise)(void *data, pid_t pid, int listener_fd, struct error *err);
        void *supervise_data;
        /* With mount_root, or by whoever calls: plan->root is a mount of its own. false: it is a
         * directory like others. */
        bool root_mounted;
        /* What hooks and a seccomp listener are told of the container (hooks_state()); may be NULL
         * without either. */
        const json_t *state;
};

struct launch {
        pid_t pid; /* as this process sees it */
        int pidfd;
        int sync_fd;
        int console_fd; /* pty master, or -1 */
};

#define LAUNCH_EMPTY ((struct launch){ .pidfd = -1, .sync_fd = -1, .console_fd = -1 })

/* Clone it; returns at once, its work goes on beside ours. */
int launch_start(const struct launch_request *request, struct launch *launch_out,
                 struct error *err);

/* The id maps are written: let it finish its root, take its terminal. Blocks until PREPARED. */
int launch_prepare(const struct launch_request *request, struct launch *launch, struct error *err);

/* Let it execute; blocks until it did. Errors: 126 and 127 kinds. */
int launch_execute(const struct launch_request *request, struct launch *launch, struct error *err);

/* Kill and reap it, close everything. */
void launch_abort(struct launch *launch);

#endif
