/* Which further processes of a container run: each has a session, as podman calls it.
 *
 *     containers/ID/exec/SESSION/exec_pid   "PID START": in the host's pid namespace, and field 22
 *                                           of its /proc/PID/stat
 *
 * A session is over when its process is; what it left is removed by whoever looks next.
 */
#ifndef KELP_ENGINE_CONTAINER_EXEC_SESSION_H
#define KELP_ENGINE_CONTAINER_EXEC_SESSION_H

#include "base/strv.h"
#include "engine/container/container.h"

#define EXEC_SESSION_ID_LEN 64

/* Write it down. proc_fd: /proc of the host's pid namespace, which this process may have left.
 * Failure does not matter: then nobody sees it. */
void exec_session_begin(const struct container *container, int proc_fd, pid_t pid,
                        char id_out[EXEC_SESSION_ID_LEN + 1]);
void exec_session_end(const struct container *container, const char *id);

/* The IDs of those that run, appended. */
void exec_session_list(const struct container *container, int proc_fd, struct strv *ids);

#endif
