/* --sdnotify: what systemd, or whoever listens at $NOTIFY_SOCKET, is told about a container
 * (sd_notify(3), podman-run(1)).
 *
 *     container   MAINPID when it runs; the container has a socket of its own, whose READY=1 is
 *                 passed on
 *     conmon      MAINPID and READY=1 when it runs
 *     healthy     MAINPID when it runs, READY=1 when its health check says so for the first time
 *     ignore      nothing
 *
 * MAINPID is the monitor's. A container that was made without $NOTIFY_SOCKET tells nothing.
 */
#ifndef KELP_ENGINE_CONTAINER_NOTIFY_H
#define KELP_ENGINE_CONTAINER_NOTIFY_H

#include "base/error.h"
#include "engine/container/container.h"

#include <stdbool.h>

#define NOTIFY_DIR     "notify" /* in the container's runtime directory */
#define NOTIFY_TARGET  "/run/notify"
#define NOTIFY_ADDRESS NOTIFY_TARGET "/notify.sock"

/* "container" is NULL in the spec. ERROR_USAGE: no such mode. */
int notify_parse(const char *mode, struct container_spec *spec, struct error *err);
const char *notify_mode(const struct container_spec *spec);

/* "ignore": the caller's socket is nobody's. */
bool notify_ignores(const struct container_spec *spec);

/* Does the container get a socket? */
bool notify_passes(const struct container_spec *spec);

/* That socket, bound in files_dir_fd; *fd_out stays as it is when there is to be none. */
int notify_open(const struct container_spec *spec, int files_dir_fd, int *fd_out,
                struct error *err);

/* Take what the container sent, and pass READY=1 on. Does not block. */
void notify_pass(const struct container_spec *spec, int fd);

/* The container runs under this process; it has become healthy. What cannot be sent is a warning.
 */
void notify_started(const struct container_spec *spec);
void notify_healthy(const struct container_spec *spec);

/* With "healthy": until it is, or is gone. ERROR_STATE: it has ended before. */
int notify_wait_healthy(struct container *container, struct error *err);

#endif
