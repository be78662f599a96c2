/* Making a pod with its infra container, for `pod create` and for `run --pod new:NAME`. */
#ifndef KELP_CLI_POD_POD_MAKE_H
#define KELP_CLI_POD_POD_MAKE_H

#include "cli/container/container_options.h"
#include "engine/pod/pod.h"

struct pod_request {
        const char *name; /* NULL: one is made up */
        const char *exit_policy, *restart, *share, *infra_image;
        bool no_infra;
        const struct container_args *infra; /* its options: network, ports, names, ids */
        const struct strv *labels;          /* "key=value" */
        const struct strv *command;         /* as the user typed it */
};

#define POD_SHARE_DEFAULT "ipc,net,uts"

/* Before this process enters a user namespace. ERROR_EXISTS: the name is taken. */
int pod_make(struct context *ctx, const struct pod_request *request, struct pod *pod_out,
             struct error *err);

#endif
