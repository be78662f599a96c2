/* The form of a log line that programs read. See log_fields.h. */
#include "cli/log_fields.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"

#include <string.h>

static int log_fd = -1;
static bool as_json;

void log_fields_write(const char *level, const char *text)
{
        char time_text[CLOCK_TEXT_SIZE];
        AUTO_JSON json_t *message = json_string_any(text);
        AUTO_FREE char *quoted = json_dumps(message, JSON_ENCODE_ANY);
        AUTO_FREE char *line = NULL;

        clock_text(clock_now_ns(), time_text); /* to the second it is 19 characters */
        line = as_json ? xasprintf("{\"level\":\"%s\",\"msg\":%s,\"time\":\"%.19sZ\"}\n", level,
                                   quoted, time_text)
                       : xasprintf("time=\"%.19sZ\" level=%s msg=%s\n", time_text, level, quoted);
        (void)fd_write_all(log_fd, line, strlen(line));
}

void log_fields_to(int fd, bool json)
{
        log_fd = fd;
        as_json = json;
        log_set_sink(log_fields_write);
}
