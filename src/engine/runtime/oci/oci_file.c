/* Small files of the OCI command line. See oci_file.h. */
#include "engine/runtime/oci/oci_file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "rootless/subid.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int oci_file_pid_dir(const char *path, struct error *err)
{
        const char *slash = strrchr(path, '/');
        AUTO_FREE char *dir =
                !slash ? xstrdup(".") : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
        int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? error_sys(err, errno, "write pid file %s", path) : fd;
}

int oci_file_pid_at(int dir_fd, const char *path, pid_t pid, struct error *err)
{
        const char *slash = strrchr(path, '/');
        char text[16];

        snprintf(text, sizeof(text), "%d", pid);
        if (fd_write_file(dir_fd, slash ? slash + 1 : path, text, strlen(text), 0644, err) < 0)
                return error_context(err, "pid file %s", path);
        return 0;
}

int oci_file_pid(const char *path, pid_t pid, struct error *err)
{
        AUTO_CLOSE int dir_fd = oci_file_pid_dir(path, err);

        return dir_fd < 0 ? -1 : oci_file_pid_at(dir_fd, path, pid, err);
}

int oci_file_cache(int root_fd)
{
        if (mkdirat(root_fd, ".cache", 0700) < 0 && errno != EEXIST)
                return -1;
        return openat(root_fd, ".cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

char *oci_file_owner(void)
{
        char *name = getuid() == 0 ? xstrdup("root") : subid_user_name(getuid());

        return name ? name : xasprintf("%u", getuid());
}

char *oci_file_now(void)
{
        struct timespec now;
        struct tm utc;

        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &utc);
        return xasprintf("%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", utc.tm_year + 1900, utc.tm_mon + 1,
                         utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec);
}
