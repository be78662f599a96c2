/* The processes of a running container, read from /proc. */
#ifndef KELP_ENGINE_CONTAINER_PROCESSES_H
#define KELP_ENGINE_CONTAINER_PROCESSES_H

#include "base/error.h"
#include "engine/container/container.h"

#include <stdbool.h>
#include <sys/types.h>

struct process {
        pid_t pid, parent; /* in the host's pid namespace */
        char *status;      /* /proc/PID/status */
        char *stat;        /* of /proc/PID/stat what follows the name: field 3 and on */
        char comm[64];
        bool inside;
};

struct processes {
        struct process *items; /* in the order of host pids */
        size_t count;
        unsigned level; /* of the container's pid namespace: index into NSpid of status(5) */
};

void processes_release(struct processes *processes);

/* ERROR_STATE unless it runs. This process is outside of every user namespace of ours. Those of pid
 * namespaces below the container's are among them. */
int processes_of(const struct container *container, struct processes *processes_out,
                 struct error *err);

/* What follows "KEY:" in its status, NULL when there is no such line. */
const char *process_status_text(const struct process *process, const char *key);

/* The n-th number behind "KEY:" of a status, -1 when there is none. */
long long process_status_number(const struct process *process, const char *key, unsigned n);

/* Field n of stat (proc(5)), from 3 on; 0 when there is none. */
long long process_stat_number(const struct process *process, unsigned n);

#endif
