/* Ctrl-C and SIGTERM during a transfer or a build: noted, so that it can end in order. */
#ifndef KELP_ENGINE_IMAGE_INTERRUPT_H
#define KELP_ENGINE_IMAGE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* From now on they only set the flag; restore puts back what was there. */
void interrupt_catch(void);
void interrupt_restore(void);

/* Hold them back, and SIGHUP, so that none comes between a look at the flag and a ppoll(2) that has
 * *old_out as its mask. */
void interrupt_block(sigset_t *old_out);

/* True once one came. */
const bool *interrupt_flag(void);

#endif
