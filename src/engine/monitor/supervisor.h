/* The supervisor: answers the system calls that root with a single id needs (runtime/emulate.h).
 *
 * One for a container, in its monitor (or in whoever started a process that emulates); a thread for
 * each process that brought a listener, which ends with the last process under that listener. A
 * thread, because a call may wait for a file system that the container itself serves: the monitor's
 * own work must not. When the supervisor dies the kernel answers ENOSYS: nothing hangs, and what
 * cannot be decided is never let through.
 */
#ifndef KELP_ENGINE_MONITOR_SUPERVISOR_H
#define KELP_ENGINE_MONITOR_SUPERVISOR_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SUPERVISOR_GROUPS_MAX    64 /* supplementary groups of a process */
#define SUPERVISOR_LISTENERS_MAX 256

struct supervisor_config {
        uid_t base_uid; /* the one id that is mapped, as seen inside */
        gid_t base_gid;
        uint64_t capabilities;  /* that root in the container may use: bit n is capability n */
        bool no_new_privileges; /* set-user-ID programs give nothing */
};

/* Who a process is said to run as. */
struct supervisor_ids {
        uid_t uid;
        gid_t gid;
        uint32_t group_count;
        gid_t groups[SUPERVISOR_GROUPS_MAX];
};

/* Once in a process, before the first listener. */
void supervisor_configure(const struct supervisor_config *config);

/* Serve a listener (taken over, closed on failure too). pid: the process that is to start with
 * these ids, as this process sees it; it waits meanwhile. */
int supervisor_start(int listener_fd, pid_t pid, const struct supervisor_ids *ids,
                     struct error *err);

#endif
