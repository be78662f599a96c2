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

/* Make the node (or the FIFO) at step->target. What is there already has to be that device. */
int device_make(int root_fd, const struct step *step, struct error *err);

#endif
