/* Sizes, ages and times for people. */
#ifndef KELP_CLI_OUTPUT_HUMAN_H
#define KELP_CLI_OUTPUT_HUMAN_H

#include "base/error.h"

#include <stdint.h>

/* "1.23 MB", decimal units, as podman prints them. The caller frees. */
char *human_size(uint64_t bytes);

/* "1.234MB": the same with so many digits and no space, as docker's units. The caller frees. */
char *human_size_short(uint64_t bytes, int digits);

/* "1.5GB", "20g", "512kb", "1000": a number of bytes, decimal units (KiB and the like binary). */
int human_parse_size(const char *text, uint64_t *bytes_out, struct error *err);

/* "About an hour", "3 weeks": docker's words for a span of seconds. The caller frees. */
char *human_duration(int64_t seconds);

/* "2026-11-24T02:08:21.12Z", in UTC, without zeros at the end; 0: Go's zero time
 * "0001-01-01T00:00:00Z". The caller frees. */
char *human_rfc3339(int64_t ns);

/* The same as Go prints it: "2026-11-24 02:08:21.12 +0000 UTC". */
char *human_go_time(int64_t ns);

/* RFC 3339, also its date alone or without seconds or zone (then local time), seconds since 1970,
 * or a span before now ("10m", "1h30m"). */
int human_parse_time(const char *text, int64_t *ns_out, struct error *err);

/* The same for --until of logs and events, where a span is after now, as podman has it. */
int human_parse_time_ahead(const char *text, int64_t *ns_out, struct error *err);

/* A Go duration ("1h30m", "250ms", "1.5s"), or a whole number of milliseconds. */
int human_parse_span(const char *text, int64_t *ns_out, struct error *err);

/* The same way back, as Go prints a duration: "1m2.5s", "12.345ms", "0s". The caller frees. */
char *human_go_duration(int64_t ns);

#endif
