/* The home directory of a container's user. */
#ifndef KELP_ENGINE_RUNTIME_HOME_H
#define KELP_ENGINE_RUNTIME_HOME_H

#include <sys/types.h>

/* From the current root's /etc/passwd; "/" when there is none. Heap. */
char *home_of(uid_t uid);

#endif
