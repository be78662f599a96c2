/* The session keyring (session-keyring(7)) of a process in a container. */
#ifndef KELP_ENGINE_RUNTIME_KEYRING_H
#define KELP_ENGINE_RUNTIME_KEYRING_H

#include "base/error.h"

/* A new one of that name, so that the caller's keys are not the container's; NULL: the caller's
 * stays. Where the kernel has none, or forbids them altogether, none is shared either. */
int keyring_make(const char *name, struct error *err);

#endif
