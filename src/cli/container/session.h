/* What run, create, start and attach share: images, user namespace, the attached session. */
#ifndef KELP_CLI_CONTAINER_SESSION_H
#define KELP_CLI_CONTAINER_SESSION_H

#include "cli/command.h"
#include "cli/container/container_options.h"
#include "engine/container/container.h"
#include "rootless/userns.h"

/* A container out of options, image name and command; the user namespace is begun with *plan and
 * *entry (finished already where layers had to be unpacked). */
int session_create(struct context *ctx, const struct container_args *args,
                   struct container *container_out, struct userns_plan *plan,
                   struct userns_entry *entry, struct error *err);

/* Stay with a started container until it ends or the user detaches; the exit code for the command.
 * socket_fd is the connection to its monitor; detached_out may be NULL. */
int session_attach(const struct container *container, int socket_fd, struct stream_set streams,
                   bool signals, const char *detach_keys, bool *detached_out, struct error *err);

#endif
