/* Id-mapped mounts (mount_setattr(2), MOUNT_ATTR_IDMAP). */
#ifndef KELP_ENGINE_RUNTIME_IDMAP_H
#define KELP_ENGINE_RUNTIME_IDMAP_H

#include "base/error.h"
#include "engine/runtime/plan.h"

/* Map the ids of a detached mount as the step says: its own uidMappings and gidMappings, else those
 * of the plan's user namespace. The file system has to be one that whoever calls has mounted, or
 * the caller real root; else ERROR_UNSUPPORTED. Forks and waits. */
int idmap_apply(const struct launch_plan *plan, const struct step *step, int mount_fd,
                struct error *err);

#endif
