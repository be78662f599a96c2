/* Labels of security modules: process.apparmorProfile, process.selinuxLabel, linux.mountLabel. */
#ifndef KELP_ENGINE_RUNTIME_LSM_H
#define KELP_ENGINE_RUNTIME_LSM_H

#include "base/error.h"
#include "engine/runtime/plan.h"

/* Does this kernel have what the labels need? ERROR_UNSUPPORTED names the member and the module.
 * Looks at the host's /sys, so it is called before the container's root is entered; without labels
 * it costs nothing. */
int lsm_check(const struct process_plan *process, bool mount_label, struct error *err);

/* For the next execve(2) of this thread. */
int lsm_apply(const struct process_plan *process, struct error *err);

#endif
