/* A container's cgroup (v2 only, cgroups(7)): made below ours where that can be written. */
#ifndef KELP_ENGINE_CONTAINER_CGROUP_H
#define KELP_ENGINE_CONTAINER_CGROUP_H

#include "base/error.h"

#include <sys/types.h>

/* The cgroup v2 path of a process from its /proc/PID/cgroup text: the "0::" line, or NULL. Heap. */
char *cgroup_parse(const char *text);

/* Make SELF/name and open it. -1 without an error: there is no cgroup to be had here; the reason
 * is logged at info level. */
int cgroup_create(const char *name);

/* Open the cgroup of a process, to start another one in it; -1 when there is none. */
int cgroup_open_of(pid_t pid);

/* Remove SELF/name; processes in it are dead by now. */
void cgroup_remove(const char *name);

#endif
