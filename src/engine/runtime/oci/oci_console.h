/* A container's terminal, seen from outside: handed to a console socket, or copied to our own
 * standard streams. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_CONSOLE_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_CONSOLE_H

#include "base/error.h"

#include <sys/types.h>

/* Connect to a console socket (runc(8), docs/terminals.md there): -1 with err. */
int oci_console_connect(const char *path, struct error *err);

/* Send the pty's master over it. */
int oci_console_send(int socket_fd, int console_fd, struct error *err);

/* Stay in front of a process until it ends: pass signals on to it, copy its terminal (console_fd,
 * or -1) to and from ours, and its word that it is ready (notify_fd, or -1: oci_notify.h) to the
 * host. Returns its exit code, 128 + n after signal n. The process must be our child. */
int oci_console_serve(pid_t pid, int pidfd, int console_fd, int notify_fd);

#endif
