/* Printing a container's log, line by line, whatever kept it. */
#ifndef KELP_ENGINE_CONTAINER_LOG_PRINTER_H
#define KELP_ENGINE_CONTAINER_LOG_PRINTER_H

#include "engine/container/verbs.h"

#include <stdbool.h>
#include <stddef.h>

struct log_line {
        const char *time; /* "2026-11-24T02:08:21.123456789+00:00", always in UTC */
        bool is_error;    /* the container's stderr */
        const char *text;
        size_t text_len;
        bool full; /* a newline follows */
};

struct log_printer {
        const struct log_options *options;
        long long skip;  /* full lines still to pass over */
        bool in_line[2]; /* a partial line of stdout, stderr is open */
        bool past_until; /* what follows is later than wanted */
        bool unread;     /* nobody reads what is printed: the pipe is closed */
};

/* Begin. total: full lines that there are; it counts only where options->tail is not -1. */
void log_printer_init(struct log_printer *printer, const struct log_options *options,
                      long long total);

void log_printer_add(struct log_printer *printer, const struct log_line *line);

/* What was added is seen now. */
void log_printer_flush(struct log_printer *printer);

/* Is more wanted? */
bool log_printer_wants(const struct log_printer *printer);

#endif
