/* Diagnostics on standard error, below the error that ends the command. `--log-level`. */
#ifndef KELP_BASE_LOG_H
#define KELP_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

/* Default: LOG_WARN. */
void log_set_level(enum log_level level);
bool log_level_parse(const char *name,
                     enum log_level *out); /* trace debug info warn warning error fatal panic */
bool log_enabled(enum log_level level);

/* Messages go to this function in place of standard error; level: "warning". */
void log_set_sink(void (*sink)(const char *level, const char *text));

/* One line: "kelp: LEVEL: text". Control characters in the text are printed as \xNN. */
void log_message(enum log_level level, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#define log_trace(...) log_message(LOG_TRACE, __VA_ARGS__)
#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_message(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_message(LOG_WARN, __VA_ARGS__)

#endif
