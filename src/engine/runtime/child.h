/* Starting a container's first process: the child's side. */
#ifndef KELP_ENGINE_RUNTIME_CHILD_H
#define KELP_ENGINE_RUNTIME_CHILD_H

#include "engine/runtime/launch.h"
#include "engine/runtime/steps.h"

/* Runs in the new namespaces; reports on sync_fd; ends in execve(2) or _exit(2). opened: what
 * steps_open_before() has opened. */
_Noreturn void child_main(const struct launch_request *request, struct opened_steps *opened,
                          int sync_fd);

#endif
