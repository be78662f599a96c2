/* Device nodes of a container (runtime-spec config-linux.md, "Devices"). */
#ifndef KELP_ENGINE_RUNTIME_DEVICES_H
#define KELP_ENGINE_RUNTIME_DEVICES_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

/* May this process make device nodes? Only real root may: the initial user namespace, CAP_MKNOD. */
bool devices_can_be_made(void);

/* The host's node for a device, as a detached mount: the one at the same path, else where sysfs
 * says it is; checked to be that device. -1 and err when the host has none. */
int device_open_host(const struct step *step, struct error *err);

/* A new node as a detached mount of its own, for a container in a user namespace with these maps:
 * by real root, before the clone. -1 with errno, also before Linux 6.15. */
int device_make_apart(const struct step *step, const struct id_ranges *uids,
                      const struct id_ranges *gids);

/* Make the node (or the FIFO) at step->target. What is there already has to be that device. */
int device_make(int root_fd, const struct step *step, struct error *err);

#endif
