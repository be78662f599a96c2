/* Resource limit names (getrlimit(2)). */
#ifndef KELP_ENGINE_RUNTIME_RLIMIT_H
#define KELP_ENGINE_RUNTIME_RLIMIT_H

#include <stdbool.h>

/* "RLIMIT_NOFILE", "nofile" or "NOFILE" to RLIMIT_NOFILE. */
bool rlimit_parse(const char *name, int *resource_out);

/* RLIMIT_NOFILE to "NOFILE". */
const char *rlimit_name(int resource);

#endif
