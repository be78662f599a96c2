/* From clone to exec with another OCI runtime in place of runtime/launch.h. Used by monitor.c. */
#ifndef KELP_ENGINE_MONITOR_EXTERNAL_LAUNCH_H
#define KELP_ENGINE_MONITOR_EXTERNAL_LAUNCH_H

#include "engine/monitor/monitor.h"
#include "engine/runtime/external.h"

/* The hooks are called as for kelp's own, in another order (see there); hooks->prepare has been
 *called. *launch_out is set as soon as there is a process. */
int external_launch(const struct monitor_request *request, const struct external_create *create,
                    struct launch *launch_out, struct error *err);

#endif
