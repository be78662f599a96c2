/* The kernel's clocks as one number (clock_gettime(2)). */
#ifndef KELP_BASE_CLOCK_H
#define KELP_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds since 1970: what is written down. */
int64_t clock_now_ns(void);

/* Nanoseconds, milliseconds since some fixed time: what is waited for and measured. */
int64_t clock_monotonic_ns(void);
int64_t clock_monotonic_ms(void);

/* RFC 3339 in UTC with nine digits of the second: "2026-01-02T03:04:05.678901234Z". */
#define CLOCK_TEXT_SIZE 40
void clock_text(int64_t ns, char text_out[CLOCK_TEXT_SIZE]);

#endif
