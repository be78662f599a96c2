/* --pod and --pod-id-file of run and create: a container that joins a pod. It lives in the
 * namespaces that the pod's infra container holds, and is started after that. */
#ifndef KELP_CLI_POD_POD_OPTIONS_H
#define KELP_CLI_POD_POD_OPTIONS_H

#include "cli/command.h"
#include "engine/container/container.h"
#include "engine/pod/pod.h"

struct pod_args {
        const char *name, *id_file;
        /* Of the infra container itself (pod/pod_make.h): its own ID and its pod's; else NULL. */
        const char *infra_id, *infra_of;
        bool infra_image; /* it is made of one */
};

/* `at` is the member of OPT_ARGS that is a struct pod_args. */
#define POD_OPTIONS(at)                                                                            \
        OPT_STR_IN("Supervision", 0, "pod", at.name, "POD",                                        \
                   "Run in this pod; new:NAME makes one"),                                         \
                OPT_STR_IN("Supervision", 0, "pod-id-file", at.id_file, "FILE",                    \
                           "Run in the pod whose ID is in FILE")

/* What a new container joins. */
struct pod_member {
        struct pod pod; /* id "": none */
        bool made;      /* for this container: it goes when that cannot be made */
        struct container infra;
        struct strv volumes_from, devices, security; /* the pod's, and the container's own */
};

#define POD_MEMBER_EMPTY ((struct pod_member){ .infra = CONTAINER_EMPTY })

void pod_member_release(struct pod_member *member);

struct container_args;

/* Find the pod, or make it with what of *args is the pod's to have: names, addresses and ports;
 * that is taken out of *args. Before this process enters a user namespace. */
int pod_member_find(struct context *ctx, struct container_args *args, struct pod_member *member_out,
                    struct error *err);

/* Put it into the spec. What is the pod's to say is ERROR_USAGE in podman's words. */
int pod_member_fill(const struct context *ctx, const struct pod_member *member,
                    const struct container_args *args, struct container_spec *spec,
                    struct error *err);

/* The container could not be made: end the infra container of a pod that was made for it. */
void pod_member_stop(const struct context *ctx, const struct pod_member *member);

#endif
