/* The infra container of a pod: it holds the namespaces that the others share, and waits. */
#ifndef KELP_ENGINE_CONTAINER_INFRA_H
#define KELP_ENGINE_CONTAINER_INFRA_H

#include "base/error.h"
#include "engine/container/container.h"

#define INFRA_FILE    "pause"
#define INFRA_PROGRAM "/" INFRA_FILE
#define INFRA_LAYER   "lower" /* in the container's directory */

/* Is it one without an image? Its root then has INFRA_PROGRAM, kelp's own, and nothing else. */
bool infra_has_own_root(const struct container_spec *spec);

/* Make that root's one layer in the directory of a container that is being made. */
int infra_make_root(int dir_fd, struct error *err);

/* A container that ends its pod (container_spec.ends_pod) has ended for good: when no other one of
 * the pod runs or is still to run, the infra container is stopped. */
void infra_stop_if_alone(const struct store *store, const struct container_spec *spec);

#endif
