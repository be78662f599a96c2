/* tmpcopyup: a tmpfs starts with the files that were at its place. */
#ifndef KELP_ENGINE_RUNTIME_COPY_UP_H
#define KELP_ENGINE_RUNTIME_COPY_UP_H

#include "base/error.h"

/* Copy the tree at from_fd (O_PATH directory) into to_fd (the root of a detached mount): owners,
 * modes, times, symlinks; device nodes and sockets are left out. */
int copy_up(int from_fd, int to_fd, struct error *err);

#endif
