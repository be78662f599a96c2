/* Files of the host that a container's spec asks for. See files_of.h. */
#include "engine/container/files_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <fcntl.h>
#include <string.h>

#define ZONES "/usr/share/zoneinfo"

char *files_of_timezone(const char *zone, struct error *err)
{
        AUTO_FREE char *path = strcmp(zone, "local") == 0 ? xstrdup("/etc/localtime")
                                                          : xasprintf(ZONES "/%s", zone);

        if (zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..")) {
                error_set(err, ERROR_INVALID, "time zone \"%s\" is not one of " ZONES, zone);
                return NULL;
        }
        if (access(path, R_OK) < 0) {
                error_sys(err, errno, "time zone \"%s\": %s", zone, path);
                return NULL;
        }
        return take_ptr(path);
}

static int write_timezone(int dir_fd, const char *zone, struct error *err)
{
        AUTO_FREE char *path = files_of_timezone(zone, err);
        AUTO_FREE char *data = NULL;
        size_t len;

        if (!path || fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &data, &len, err) < 0)
                return -1;
        return fd_write_file(dir_fd, "localtime", data, len, 0644, err);
}

int files_of_write(int dir_fd, const struct container_spec *spec, struct error *err)
{
        return spec->timezone ? write_timezone(dir_fd, spec->timezone, err) : 0;
}
