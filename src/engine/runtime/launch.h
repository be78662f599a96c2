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
        /* The process becomes whom it shall be and looks for its program before PREPARED, so that
         * launch_prepare() tells whether the container can be made at all (runtime.md, "create").
         */
        bool ready_early;
        /* With ready_early and wait: then it waits on start_fd, a listening SOCK_SEQPACKET socket,
         * for whoever calls launch_continue(). */
        bool wait;
        int start_fd;
        const struct preserved_fds *preserve; /* or NULL */
        const char *keyring; /* a session keyring of this name is made for it; NULL: ours stays */
};

struct launch {
        pid_t pid; /* as this process sees it */
        int pidfd;
        int sync_fd;
        int console_fd; /* pty master, or -1 */
        /* Its network namespace, where /proc/PID/ns/net is closed to us (namespaces.h), or -1. */
        int network_fd;
};

#define LAUNCH_EMPTY                                                                               \
        ((struct launch){ .pidfd = -1, .sync_fd = -1, .console_fd = -1, .network_fd = -1 })

/* Clone it; returns at once, its work goes on beside ours. */
int launch_start(const struct launch_request *request, struct launch *launch_out,
                 struct error *err);

/* The id maps are written: let it finish its root, take its terminal. Blocks until PREPARED. */
int launch_prepare(const struct launch_request *request, struct launch *launch, struct error *err);

/* For a process of ours in the container's user namespace: where the container shares our pid
 * namespace, and only there, close ourselves to whoever traces or looks into /proc/PID (proc(5),
 * dumpable). The ids are mapped by then, and all that opens /proc/PID has done so. */
void launch_hide(const struct launch_plan *plan);

/* Let it execute; blocks until it did. Errors: 126 and 127 kinds. */
int launch_execute(const struct launch_request *request, struct launch *launch, struct error *err);

/* With wait, in place of launch_execute(): the record is on disk, another process will start it. */
void launch_leave(struct launch *launch);

/* That other process's part: `sync_fd` is a connection to the start socket, pid the container's
 * process. Blocks until it has executed. seccomp: of the process, for its listener. name: of the
 * program, for the sentence. */
struct launch_continuation {
        int sync_fd;
        pid_t pid;
        const struct seccomp_program *seccomp;
        const json_t *state; /* hooks_state() */
        const char *name;
};
int launch_continue(const struct launch_continuation *continuation, struct error *err);

/* After a failure between start and prepare: if the container's side has failed, that is why. */
void launch_explain(const struct launch *launch, struct error *err);

/* Kill and reap it, close everything. */
void launch_abort(struct launch *launch);

#endif
