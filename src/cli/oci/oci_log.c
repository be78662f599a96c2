/* The log file of `kelp oci`, a line of fields a message. Engines look for `msg` of the last line.
 */
#include "cli/oci/oci_log.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/log_fields.h"

#include <fcntl.h>
#include <string.h>

static int log_fd = -1;

int oci_log_open(const char *path, const char *format, struct error *err)
{
        if (format && strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
                return error_set(err, ERROR_USAGE, "unknown log format \"%s\": text or json",
                                 format);
        if (!path || !path[0])
                return 0;
        if (strncmp(path, "journald:", 9) == 0 || strncmp(path, "syslog:", 7) == 0)
                return error_set(err, ERROR_UNSUPPORTED, "--log %s: a file is needed", path);
        if (strncmp(path, "file:", 5) == 0)
                path += 5;
        log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        if (log_fd < 0)
                return error_sys(err, errno, "open log file %s", path);
        log_fields_to(log_fd, format && strcmp(format, "json") == 0);
        return 0;
}

void oci_log_error(const struct error *err)
{
        AUTO_FREE char *text = xasprintf(err->cure[0] ? "%s (%s)" : "%s", err->text, err->cure);

        if (log_fd >= 0)
                log_fields_write("error", text);
}
