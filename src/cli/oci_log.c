/* The log file of `kelp oci`, a line a message: {"level":"error","msg":"...","time":"..."} or
 * time="..." level=error msg="...". Engines look for `msg` of the last line. */
#include "cli/oci_log.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"

#include <fcntl.h>
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

static void write_line(const char *level, const char *text)
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

int oci_log_open(const char *path, const char *format, struct error *err)
{
        if (format && strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
                return error_set(err, ERROR_USAGE, "unknown log format \"%s\": text or json",
                                 format);
        as_json = format && strcmp(format, "json") == 0;
        if (!path || !path[0])
                return 0;
        if (strncmp(path, "journald:", 9) == 0 || strncmp(path, "syslog:", 7) == 0)
                return error_set(err, ERROR_UNSUPPORTED, "--log %s: a file is needed", path);
        if (strncmp(path, "file:", 5) == 0)
                path += 5;
        log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        if (log_fd < 0)
                return error_sys(err, errno, "open log file %s", path);
        log_set_sink(write_line);
        return 0;
}

void oci_log_error(const struct error *err)
{
        AUTO_FREE char *text = xasprintf(err->cure[0] ? "%s (%s)" : "%s", err->text, err->cure);

        if (log_fd >= 0)
                write_line("error", text);
}
