/* The system calls of a container with a single id that a supervisor answers (see emulate.c), and
 * handing its listener over: child and parent of a container start or an exec.
 */
#ifndef KELP_ENGINE_RUNTIME_EMULATE_H
#define KELP_ENGINE_RUNTIME_EMULATE_H

#include "base/error.h"

/* Child: load the filter (CAP_SYS_ADMIN here, or no_new_privs), before any other one, and give its
 * listener to the parent over sync_fd. Blocks until the parent has somebody who answers. Where an
 * outer supervisor answers for this process already, that one goes on doing so. */
int emulate_install(int sync_fd, struct error *err);

/* Parent: receive the listener; -1 in *listener_out when an outer supervisor answers. After it has
 * been put to work, emulate_confirm(). */
int emulate_take(int sync_fd, int *listener_out, struct error *err);
void emulate_confirm(int sync_fd);

/* For a caller that has nobody who answers: a bundle can have the annotation from anywhere. */
int emulate_refuse(struct error *err);

#endif
