/* Entering a user namespace that is there already, in place of making one: to share another
 * container's namespaces, a process has to be in the user namespace that owns them. */
#ifndef KELP_ROOTLESS_USERNS_EXISTING_H
#define KELP_ROOTLESS_USERNS_EXISTING_H

#include "base/error.h"
#include "rootless/userns.h"

/* The user namespace that owns what fd (any namespace) is; *owner_fd_out is -1 when that is ours,
 * the caller closes it otherwise. ERROR_DENIED when it is not ours to see. */
int userns_existing_owner(int namespace_fd, int *owner_fd_out, struct error *err);

/* Do both descriptors stand for the same namespace? */
bool userns_existing_same(int a_fd, int b_fd);

/* Enter plan->join_fd. Its maps must be the plan's, else what the container's files are to it would
 * not be what they are to us: ERROR_UNSUPPORTED. */
int userns_existing_enter(const struct userns_plan *plan, struct error *err);

#endif
