/* Spans of time as Go writes them: "1h30m", "90s", "1.5h", "250ms". */
#ifndef KELP_BASE_DURATION_H
#define KELP_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* From 1970 it is the year 2200: more does not fit the nanoseconds of an int64_t soon after. */
#define DURATION_SECONDS_MAX 7258118400.0

/* Nanoseconds; false: it is none, or longer than that. A unit is needed. */
bool duration_parse(const char *text, int64_t *ns_out);

#endif
