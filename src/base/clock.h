/* Time that no one sets. */
#ifndef KELP_BASE_CLOCK_H
#define KELP_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC (clock_gettime(2)). */
int64_t clock_monotonic_ms(void);

#endif
