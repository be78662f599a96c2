/* The loopback device of a new network namespace. */
#ifndef KELP_ENGINE_RUNTIME_LOOPBACK_H
#define KELP_ENGINE_RUNTIME_LOOPBACK_H

#include "base/error.h"

/* Bring "lo" up in this process's network namespace: a new one has it down, and every program
 * expects 127.0.0.1 to be there. */
int loopback_up(struct error *err);

#endif
