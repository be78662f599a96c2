/* Files of the host that a container's spec asks for. See files_of.h. */
#include "engine/container/files_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

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

int files_of_write_timezone(int dir_fd, const char *zone, struct error *err)
{
        AUTO_FREE char *path = files_of_timezone(zone, err);
        AUTO_FREE char *data = NULL;
        size_t len;

        if (!path || fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &data, &len, err) < 0)
                return -1;
        return fd_write_file(dir_fd, "localtime", data, len, 0644, err);
}

bool files_of_links_timezone(const struct container_spec *spec, const struct rootfs *rootfs)
{
        AUTO_FREE char *path = NULL;
        AUTO_FREE char *data = NULL;

        if (!spec->timezone || strcmp(spec->timezone, "local") == 0)
                return false;
        path = xasprintf("usr/share/zoneinfo/%s", spec->timezone);
        return rootfs_read_file(rootfs, path, LIMIT_CONF_FILE, &data, NULL) == 0;
}

int files_of_link_timezone(const char *root, const char *zone, struct error *err)
{
        AUTO_FREE char *target = xasprintf("../usr/share/zoneinfo/%s", zone);
        AUTO_CLOSE int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int etc_fd =
                root_fd < 0 ? -1 : path_open_in(root_fd, "etc", O_PATH | O_DIRECTORY, 0);
        char there[PATH_MAX] = "";

        if (etc_fd >= 0 && readlinkat(etc_fd, "localtime", there, sizeof(there) - 1) > 0 &&
            strcmp(there, target) == 0)
                return 0;
        if (etc_fd < 0 || (unlinkat(etc_fd, "localtime", 0) < 0 && errno != ENOENT) ||
            symlinkat(target, etc_fd, "localtime") < 0)
                return error_sys(err, errno, "link /etc/localtime to the time zone");
        return 0;
}

void files_of_link_mtab(const char *root, uid_t uid, gid_t gid)
{
        AUTO_CLOSE int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int etc =
                root_fd < 0 ? -1 : path_open_in(root_fd, "etc", O_PATH | O_DIRECTORY, 0);

        if (etc < 0 || symlinkat("/proc/mounts", etc, "mtab") < 0 ||
            (uid == geteuid() && gid == getegid()))
                return;
        if (fchownat(etc, "mtab", uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
                (void)unlinkat(etc, "mtab", 0);
}
