/* What `events` tells of a container, in runc's shape. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_STATS_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_STATS_H

#include "engine/runtime/oci/oci_container.h"

/* {"type":"stats","id":ID,"data":{...}}: new reference, or NULL with err. */
json_t *oci_stats(const struct oci_container *container, struct error *err);

/* Call `tell` with a "stats" event each interval_ms and an "oom" event each time that the kernel
 * killed a process for want of memory, until the container ends. */
int oci_stats_follow(const struct oci_container *container, int interval_ms,
                     void (*tell)(const json_t *event), struct error *err);

#endif
