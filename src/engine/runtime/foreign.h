/* Cloning a mount out of another process's mount namespace. */
#ifndef KELP_ENGINE_RUNTIME_FOREIGN_H
#define KELP_ENGINE_RUNTIME_FOREIGN_H

#include "base/error.h"

#include <stdbool.h>

/* Is it "/proc/PID/root/..."? */
bool foreign_is(const char *path);

/* mounting_clone() of such a path. The kernel clones only what is mounted in the caller's own mount
 * namespace, so a child of ours goes there. No symbolic link is followed: whoever lives there may
 * have made it. A detached mount, or -1 with err. */
int foreign_clone(const char *path, bool recursive, struct error *err);

#endif
