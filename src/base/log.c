/* Diagnostics on standard error. A line is built whole and written with one call, so that lines
 * of several processes do not mix; control characters from outside never reach the terminal. */
#include "base/log.h"

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level current = LOG_WARN;
static void (*current_sink)(const char *level, const char *text);

static const char *const names[] = {
        [LOG_ERROR] = "error", [LOG_WARN] = "warning", [LOG_INFO] = "info",
        [LOG_DEBUG] = "debug", [LOG_TRACE] = "trace",
};

void log_set_level(enum log_level level)
{
        current = level;
}

void log_set_sink(void (*sink)(const char *level, const char *text))
{
        current_sink = sink;
}

bool log_level_parse(const char *name, enum log_level *out)
{
        static const struct {
                const char *name;
                enum log_level level;
        } known[] = {
                { "debug", LOG_DEBUG }, { "trace", LOG_TRACE },  { "info", LOG_INFO },
                { "warn", LOG_WARN },   { "warning", LOG_WARN }, { "error", LOG_ERROR },
                { "fatal", LOG_ERROR }, { "panic", LOG_ERROR },
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i].name, name) == 0) {
                        *out = known[i].level;
                        return true;
                }
        return false;
}

bool log_enabled(enum log_level level)
{
        return level <= current;
}

static size_t append_escaped(char *line, size_t used, size_t size, const char *text)
{
        for (; *text && used + 5 < size; text++) {
                unsigned char c = (unsigned char)*text;

                if (c < 0x20 || c == 0x7f)
                        used += (size_t)snprintf(line + used, size - used, "\\x%02x", c);
                else
                        line[used++] = (char)c;
        }
        return used;
}

void log_message(enum log_level level, const char *format, ...)
{
        char text[2048], line[4096];
        size_t used;
        va_list args;

        if (!log_enabled(level))
                return;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        if (current_sink) {
                current_sink(names[level], text);
                return;
        }
        used = (size_t)snprintf(line, sizeof(line), "kelp: %s: ", names[level]);
        used = append_escaped(line, used, sizeof(line) - 1, text);
        line[used++] = '\n';
        (void)!write(STDERR_FILENO, line, used);
}
