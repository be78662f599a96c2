/* Confining the process that unpacks: what it reads came from a stranger. */
#ifndef KELP_ENGINE_STORAGE_CONFINE_H
#define KELP_ENGINE_STORAGE_CONFINE_H

#include "base/error.h"

/* From now on this process reaches files only below dir_fd (Landlock, where the kernel has version
 * 2 of it) and may not open TCP connections (version 4). Older kernels: nothing happens. */
int confine_to(int dir_fd, struct error *err);

#endif
