/* Random bytes of the kernel's (getrandom(2)). */
#ifndef KELP_BASE_RANDOM_H
#define KELP_BASE_RANDOM_H

#include <stddef.h>

/* digits lower-case hexadecimal digits and a 0 behind them. -1 with errno when there are none. */
int random_hex(char *text_out, size_t digits);

#endif
