/* sd_notify(3) from inside a container: NOTIFY_SOCKET of whoever calls is a socket of the host,
 * which the container cannot reach. In its place stands a directory of ours, mounted where the
 * host's socket is, with a socket in it; that the service is ready is passed on, together with the
 * process's id out here. Nothing else of what the container says is. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_NOTIFY_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_NOTIFY_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/oci/oci_container.h"

/* Make the directory, the mount of it and the variable, when NOTIFY_SOCKET is set. 1 when the
 * specification was changed, 0 when there is nothing to do, -1 with err. */
int oci_notify_plan(const struct oci_root *root, const struct oci_container *container,
                    json_t *spec, struct error *err);

/* Before the program runs: the socket; *fd_out stays as it is when there is none to be. */
int oci_notify_open(const struct oci_container *container, int *fd_out, struct error *err);

/* Something has come: true when it said that the service is ready, and the host was told. */
bool oci_notify_pass(int fd, pid_t pid);

/* Until the service is ready or the process has ended. */
void oci_notify_wait(int fd, int pidfd, pid_t pid);

#endif
