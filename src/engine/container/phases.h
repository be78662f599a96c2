/* `kelp run --timings`: how long each phase of a start took. */
#ifndef KELP_ENGINE_CONTAINER_PHASES_H
#define KELP_ENGINE_CONTAINER_PHASES_H

/* Phases are noted only when enabled; shared with forked children, who note theirs. */
void phases_enable(void);
void phases_mark(const char *name); /* a string literal */
void phases_print(void);            /* to standard error, in order of time */

#endif
