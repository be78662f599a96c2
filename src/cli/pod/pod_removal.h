/* Removing pods with their containers, in two steps: what runs can be ended only outside of the
 * user namespace, files be removed only inside. */
#ifndef KELP_CLI_POD_POD_REMOVAL_H
#define KELP_CLI_POD_POD_REMOVAL_H

#include "cli/pod/pod_targets.h"

/* force: every container is ended, with so many seconds before SIGKILL (negative: its own). Else
 * only the infra container of a pod whose others do not run. */
void pod_removal_end(struct context *ctx, const struct pod *pod, bool force, int seconds);

/* This process is in the user namespace. 1: somebody else has removed it meanwhile; -1: containers
 * that could not be removed, and so the pod: why is added to the errors. */
int pod_removal_remove(const struct context *ctx, const struct pod *pod, struct pod_errors *errors);

/* Those of which nothing runs any more, and something did; their IDs are added to `removed`. This
 * process is in the user namespace. */
int pod_removal_prune(const struct context *ctx, struct strv *removed, struct pod_errors *errors,
                      struct error *err);

/* Both by force, for a pod of that name; one that does not exist is fine. This process has entered
 * no user namespace and enters none. */
int pod_removal_replace(struct context *ctx, const char *name, struct error *err);

/* The same for the pod of an ID, whose containers are killed at once. */
int pod_removal_force(struct context *ctx, const char *id, struct error *err);

#endif
