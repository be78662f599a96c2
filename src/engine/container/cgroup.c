/* A container's cgroup. Only the unified hierarchy counts: of /proc/self/cgroup the "0::" line, on
 * a hybrid machine too, and only where /sys/fs/cgroup is cgroup2. */
#include "engine/container/cgroup.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

char *cgroup_parse(const char *text)
{
        const char *line = text;

        while (line && strncmp(line, "0::", 3) != 0) {
                line = strchr(line, '\n');
                line = line ? line + 1 : NULL;
        }
        return line ? xstrndup(line + 3, strcspn(line + 3, "\n")) : NULL;
}

/* The directory of a process's cgroup, or NULL. */
static char *path_of(const char *proc_file)
{
        AUTO_FREE char *text = NULL;
        AUTO_FREE char *path = NULL;
        struct statfs fs;

        if (statfs(CGROUP_ROOT, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC ||
            fd_read_file(AT_FDCWD, proc_file, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return NULL;
        path = cgroup_parse(text);
        return path ? xasprintf("%s%s", CGROUP_ROOT, path) : NULL;
}

int cgroup_create(const char *name)
{
        AUTO_FREE char *own = path_of("/proc/self/cgroup");
        AUTO_FREE char *path = own ? xasprintf("%s/%s", own, name) : NULL;

        if (!path) {
                log_info("no cgroup v2 hierarchy at " CGROUP_ROOT
                         ": the container gets no cgroup of its own, continuing");
                return -1;
        }
        if (mkdir(path, 0755) < 0 && errno != EEXIST) {
                log_info("cgroup %s cannot be written: the container gets no cgroup of its own, "
                         "continuing",
                         own);
                return -1;
        }
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int cgroup_open_of(pid_t pid)
{
        AUTO_FREE char *file = xasprintf("/proc/%d/cgroup", pid);
        AUTO_FREE char *path = path_of(file);

        return path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

void cgroup_remove(const char *name)
{
        AUTO_FREE char *own = path_of("/proc/self/cgroup");
        AUTO_FREE char *path = own ? xasprintf("%s/%s", own, name) : NULL;

        /* The last process may still be on its way out of the cgroup (EBUSY). */
        for (int tries = 0; path && rmdir(path) < 0 && errno == EBUSY && tries < 50; tries++)
                usleep(1000);
}
