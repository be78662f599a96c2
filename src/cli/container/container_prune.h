/* Removing containers that do not run, for container prune and system prune. */
#ifndef KELP_CLI_CONTAINER_CONTAINER_PRUNE_H
#define KELP_CLI_CONTAINER_CONTAINER_PRUNE_H

#include "cli/command.h"

/* filters: until=TIME, label=..., label!=...; all must match. The IDs of those that went are
 * appended to removed. In the user namespace. */
int container_prune(const struct context *ctx, const struct strv *filters, struct strv *removed,
                    struct error *err);

/* Is each of them one of those three? */
int prune_check_filters(const struct strv *filters, struct error *err);

#endif
