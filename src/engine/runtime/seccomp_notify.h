/* A seccomp listener (SCMP_ACT_NOTIFY): from the process that loads the filter to the agent that
 * the profile names (runtime-spec config-linux.md, "The Container Process State").
 */
#ifndef KELP_ENGINE_RUNTIME_SECCOMP_NOTIFY_H
#define KELP_ENGINE_RUNTIME_SECCOMP_NOTIFY_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/seccomp.h"

#include <sys/types.h>

/* Child: load the filter and send its listener over sync_fd (HANDSHAKE_NOTIFY), whatever the filter
 * forbids. */
int seccomp_notify_load(const struct seccomp_program *program, int sync_fd, struct error *err);

/* A connection to the agent at program->listener_path. A caller that enters a container connects
 * before, because in there the path is the container's. */
int seccomp_notify_connect(const struct seccomp_program *program, int *agent_out,
                           struct error *err);

/* Parent: receive the listener over sync_fd and hand it on to the agent with the container's state
 * (launch_request.state) and the process's pid. Blocks until the agent has it. */
int seccomp_notify_deliver(const struct seccomp_program *program, int agent_fd, int sync_fd,
                           pid_t pid, const json_t *state, const char *status, struct error *err);

#endif
