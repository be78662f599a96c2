/* Starting containers without staying attached, for start, restart and init. */
#ifndef KELP_CLI_CONTAINER_STARTING_H
#define KELP_CLI_CONTAINER_STARTING_H

#include "cli/command.h"
#include "engine/container/start.h"

/* What the global options say about a start. */
struct start_options starting_options(const struct context *ctx);

/* Start a container in a child process, since a process enters one user namespace and a container
 * needs its own. One that runs already is fine. */
int starting_detached(struct context *ctx, const char *name, struct error *err);

/* container_prepare() likewise. One that is prepared already is fine, a running one ERROR_STATE. */
int starting_prepare(struct context *ctx, const char *name, struct error *err);

/* The exit codes 126 and 127 are the container's own, told where somebody stays with it: for the
 * two above such an error is any other. */
void starting_not_its_own(struct error *err);

/* In this process: take the change lock, begin the user namespace, start. 0, or 1 when it runs
 * already and nothing was done. */
int starting_here(struct context *ctx, struct container *container,
                  const struct start_options *options, int *socket_out, struct error *err);

#endif
