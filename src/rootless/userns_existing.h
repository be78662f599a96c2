/* User namespaces that are there already, to be entered in place of a new one: to share another
 * container's namespaces, a process has to be in the user namespace that owns them. */
#ifndef KELP_ROOTLESS_USERNS_EXISTING_H
#define KELP_ROOTLESS_USERNS_EXISTING_H

#include "base/error.h"

#include <stdbool.h>

/* The user namespace that owns what fd (any namespace) is; *owner_fd_out is -1 when that is ours,
 * the caller closes it otherwise. ERROR_DENIED when it is not ours to see. */
int userns_existing_owner(int namespace_fd, int *owner_fd_out, struct error *err);

/* Do both descriptors stand for the same namespace? */
bool userns_existing_same(int a_fd, int b_fd);

#endif
