/* The form of a log line that programs read. See log_fields.h. */
#include "cli/log_fields.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"

#include <string.h>
#include <time.h>

static int log_fd = -1;
static bool as_json;

static const char *now(char *text, size_t size)
{
        struct timespec moment;
        struct tm utc;

        clock_gettime(CLOCK_REALTIME, &moment);
        gmtime_r(&moment.tv_sec, &utc);
        strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
        return text;
}

void log_fields_write(const char *level, const char *text)
{
        char time_text[32];
        AUTO_JSON json_t *message = json_string_any(text);
        AUTO_FREE char *quoted = json_dumps(message, JSON_ENCODE_ANY);
        AUTO_FREE char *line = NULL;

        now(time_text, sizeof(time_text));
        line = as_json ? xasprintf("{\"level\":\"%s\",\"msg\":%s,\"time\":\"%s\"}\n", level, quoted,
                                   time_text)
                       : xasprintf("time=\"%s\" level=%s msg=%s\n", time_text, level, quoted);
        (void)fd_write_all(log_fd, line, strlen(line));
}

void log_fields_to(int fd, bool json)
{
        log_fd = fd;
        as_json = json;
        log_set_sink(log_fields_write);
}
