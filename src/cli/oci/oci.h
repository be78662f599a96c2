/* `kelp oci`: the command line of the low-level runtime. Also what the binary is when it is called
 * as kelp-oci, runc or crun. */
#ifndef KELP_CLI_OCI_OCI_H
#define KELP_CLI_OCI_OCI_H

#include "cli/command.h"
#include "cli/oci/oci_fds.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/oci/oci_container.h"
#include "engine/runtime/oci/oci_root.h"

#include <stdbool.h>

extern const struct command cmd_oci;

/* Is argv[0] one of those names? */
bool oci_is_called(const char *argv0);

/* What the options before the command have said. */
struct oci_context {
        struct context context; /* of the command */
        struct oci_root root;
        enum cgroup_manager manager;
        bool rootless_set, rootless; /* --rootless true|false */
        struct oci_fds fds;
};

/* A command of `kelp oci` gets its context as the first member of one of these. */
static inline struct oci_context *oci_context_of(struct context *ctx)
{
        return (struct oci_context *)(void *)ctx;
}

/* The container that the first operand names. */
int oci_context_open(struct context *ctx, bool lock, struct oci_container *container_out,
                     struct error *err);

#endif
