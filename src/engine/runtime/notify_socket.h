/* Sockets of sd_notify(3): one that a container gets, and the host's that is told. */
#ifndef KELP_ENGINE_RUNTIME_NOTIFY_SOCKET_H
#define KELP_ENGINE_RUNTIME_NOTIFY_SOCKET_H

#include <stdbool.h>

#define NOTIFY_READY "READY=1"

/* Bind one at `name` below dir_fd, in place of what an earlier start left there. Any user of the
 * container may speak to it; reading does not block. -1 with errno. */
int notify_socket_bind(int dir_fd, const char *name);

/* Take a message: does it say that the service is ready? false, too, when there is none. */
bool notify_socket_ready(int fd);

/* Send to $NOTIFY_SOCKET; one that begins with "@" is an abstract name. Does not block. -1 with
 * errno. */
int notify_socket_send(const char *path, const char *text);

#endif
