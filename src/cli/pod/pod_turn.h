/* One pod's turn in a verb: its containers, what is done to them, and what went wrong. */
#ifndef KELP_CLI_POD_POD_TURN_H
#define KELP_CLI_POD_POD_TURN_H

#include "cli/pod/pod_targets.h"

struct pod_turn {
        struct context *ctx;
        const void *args; /* the verb's */
        const struct pod *pod;
        struct pod_members members;
        const char *doing; /* "starting": before the container in errors */
        struct pod_errors *errors;
        size_t failures;
};

/* The verb's: 0; 1: nothing was done, and nothing is told; -1 with the error. */
typedef int pod_verb(struct pod_turn *turn, struct error *err);

/* Look up the pod's containers, let verb() act on them, print the pod's name or ID unless something
 * failed, which is added to the errors. */
void pod_turn_take(struct context *ctx, const void *args, const struct pod *pod, pod_verb *verb,
                   bool names, struct pod_errors *errors);

/* *why with the container in front becomes one of the errors. */
void pod_turn_fail(struct pod_turn *turn, const struct container *container, struct error *why);

/* one() for the infra container alone, or for all others at once, each in a process of its own. */
void pod_turn_act(struct pod_turn *turn, bool infra,
                  int (*one)(const struct pod_turn *turn, struct container *container,
                             struct error *err));

#endif
