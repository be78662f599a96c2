/* A further process of a container with a single id: its system calls are answered by the
 * container's monitor, which has to be given its listener (runtime/emulate.h). */
#ifndef KELP_ENGINE_CONTAINER_SUPERVISED_H
#define KELP_ENGINE_CONTAINER_SUPERVISED_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <sys/types.h>

struct supervised {
        int socket_fd; /* a connection to the monitor (attach_connect()) */
        const struct process_plan *process;
};

/* data: struct supervised. Blocks until the monitor answers for the process. Takes listener_fd. */
int supervised_offer(void *data, pid_t pid, int listener_fd, struct error *err);

#endif
