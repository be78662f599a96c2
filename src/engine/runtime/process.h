/* The last steps of a container's process: identity, limits, sandbox, execve. */
#ifndef KELP_ENGINE_RUNTIME_PROCESS_H
#define KELP_ENGINE_RUNTIME_PROCESS_H

#include "base/error.h"
#include "engine/runtime/plan.h"

/* Take on the process's identity and sandbox and execute it; the root directory is the container's
 * already. stdio: descriptors for 0, 1, 2. sync_fd: handshake socket; failures are reported there.
 * preserve: descriptors that the program gets beside those, or NULL. stub_fd: the sealed memfd from
 * process_stub(). Never returns. */
_Noreturn void process_execute(const struct process_plan *process, const int stdio[3],
                               const struct preserved_fds *preserve, int stub_fd, int sync_fd);

/* The same in two halves, for a start that stops in between. First: everything but the sandbox;
 * keep: descriptors that stay open beside 0, 1, 2 and `preserve` (may be NULL). */
struct process_ready {
        char *program; /* what is executed */
        char *home;    /* for $HOME, when the environment has none; else NULL */
};
void process_ready_release(struct process_ready *ready);
int process_prepare(const struct process_plan *process, const int stdio[3],
                    const struct preserved_fds *preserve, const int *keep, size_t keep_count,
                    struct process_ready *ready_out, struct error *err);
_Noreturn void process_finish(const struct process_plan *process, const struct process_ready *ready,
                              int stub_fd, int sync_fd);

/* No signal is ignored or blocked: what this process has of that are our own habits, a monitor's
 * above all, and exec keeps them. */
void process_reset_signals(void);

/* process.oomScoreAdj, of this process and so of what it becomes. /proc must be the host's still,
 * and the process dumpable. */
int process_oom_score(const struct process_plan *process, struct error *err);

/* The small program that executes the container's program in our place (init_blob.h), sealed.
 * With it /proc/self/exe of no process in a container is ever kelp's own file (CVE-2019-5736). */
int process_stub(struct error *err);

/* A pty made in the current root's /dev/pts: its slave end; the master is sent over sync_fd. */
int process_console(const struct process_plan *process, int dev_pts_root_fd, int sync_fd,
                    struct error *err);

#endif
