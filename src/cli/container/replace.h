/* run and create --replace: the container of that name goes when the new one can take its place. */
#ifndef KELP_CLI_CONTAINER_REPLACE_H
#define KELP_CLI_CONTAINER_REPLACE_H

#include "cli/command.h"
#include "engine/container/container.h"

#include <sys/types.h>

struct replaced {
        struct container container;
        pid_t stopper; /* 0: there is nothing to replace */
        int go_fd;
};

#define REPLACED_EMPTY ((struct replaced){ .container = CONTAINER_EMPTY, .go_fd = -1 })

/* Before this process enters a user namespace. Nothing happens to the old one yet; one that is not
 * there is no error. */
int replaced_find(const struct context *ctx, const char *name, struct replaced *old,
                  struct error *err);

/* End it and remove it. This process is in the user namespace. */
int replaced_remove(const struct context *ctx, struct replaced *old, struct error *err);

/* What was not removed stays as it is. */
void replaced_release(struct replaced *old);

#endif
