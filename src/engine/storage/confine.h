/* Confining the process that unpacks: what it reads came from a stranger. */
#ifndef KELP_ENGINE_STORAGE_CONFINE_H
#define KELP_ENGINE_STORAGE_CONFINE_H

#include "base/error.h"

#include <stdint.h>

/* From now on this process
 * - reaches files only below dir_fd (Landlock, where the kernel has version 2 of it; older kernels:
 *   nothing happens),
 * - makes no sockets, processes, namespaces or mounts, executes nothing, looks at no other process
 *   (seccomp; such calls fail with EPERM, so that a library's fallback or our report still works),
 * - writes no file larger than file_max bytes, and has a bounded heap (setrlimit(2)). */
int confine_to(int dir_fd, uint64_t file_max, struct error *err);

#endif
