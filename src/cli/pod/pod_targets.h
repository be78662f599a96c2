/* Which pods a verb acts on, and the errors of several of them. */
#ifndef KELP_CLI_POD_POD_TARGETS_H
#define KELP_CLI_POD_POD_TARGETS_H

#include "cli/command.h"
#include "engine/pod/pod.h"

struct pod_target_args {
        bool all, latest, ignore;
        struct strv id_files;
};

/* The pods that the operands, --pod-id-file, --all or --latest name. ERROR_NOT_FOUND for the first
 * that is none, unless `ignore`: as podman, nothing is done then. */
int pod_targets_load(struct context *ctx, const struct pod_target_args *args,
                     struct pod_list *pods_out, struct error *err);

/* What went wrong, to be told in the end: podman tells first what went well. */
struct pod_errors {
        struct error *items;
        size_t count;
};
void pod_errors_release(struct pod_errors *errors);
void pod_errors_add(struct pod_errors *errors, const struct error *err);

/* Print them. The exit code: 0 when there are none, else 125. */
int pod_errors_tell(const struct pod_errors *errors);

#endif
