/* Ctrl-C and SIGTERM during a transfer: noted, so that it can end in order. */
#ifndef KELP_ENGINE_IMAGE_INTERRUPT_H
#define KELP_ENGINE_IMAGE_INTERRUPT_H

#include <stdbool.h>

/* From now on they only set the flag; restore puts back what was there. */
void interrupt_catch(void);
void interrupt_restore(void);

/* True once one came. */
const bool *interrupt_flag(void);

#endif
