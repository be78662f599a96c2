/* cgroups by mkdir(2). See cgroup_place.h.
 *
 * The kernel hands controllers down only from a cgroup that has no processes of its own
 * (cgroups(7), "no internal processes"; the root of the hierarchy is exempt). Ours always has one:
 * us. So, when limits are asked for:
 *
 * 1. when only kelp's processes are in our cgroup, they move to its leaf "supervisor", and the
 *    container's becomes that leaf's sibling;
 * 2. when others are there too, they are not ours to move: the container's cgroup is made beside
 * ours, if the one above is ours to write and has no processes;
 * 3. else the limits cannot be kept, which is an error.
 *
 * Without limits a child of our own cgroup does, whoever else is in it.
 */
#include "engine/runtime/cgroup_place.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/runtime/cgroup_apply.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define ANCESTORS_MAX 8
#define MOVE_ROUNDS   100

static pid_t parent_of(pid_t pid)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/stat", pid);
        AUTO_FREE char *text = NULL;
        const char *end;
        int parent = 0;

        if (fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return 0;
        end = strrchr(text, ')'); /* the name before it may hold anything (proc(5)) */
        return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool runs_kelp(pid_t pid)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/exe", pid);
        struct stat self, other;

        return stat("/proc/self/exe", &self) == 0 && stat(path, &other) == 0 &&
               self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

/* Another kelp or a monitor, or started by this one (the helpers that write id maps). */
static bool is_ours(pid_t pid)
{
        if (runs_kelp(pid))
                return true;
        for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
                if (pid == getpid())
                        return true;
                pid = parent_of(pid);
        }
        return false;
}

/* The first process in the cgroup that is not ours, or 0. */
static pid_t stranger_in(const struct cgroup_pids *pids)
{
        for (size_t i = 0; i < pids->count; i++)
                if (!is_ours(pids->items[i]) && kill(pids->items[i], 0) == 0)
                        return pids->items[i];
        return 0;
}

/* Out of `path` into its leaf. 0; 1: somebody else is there (*stranger_out). */
static int move_ourselves(const char *path, pid_t *stranger_out, struct error *err)
{
        AUTO(cgroup_pids) pids = { 0 };
        AUTO_FREE char *leaf = path_join(path, CGROUP_SUPERVISOR);
        AUTO_FREE char *procs = path_join(leaf, "cgroup.procs");

        if (cgroup_pids(path, false, &pids, err) < 0)
                return -1;
        *stranger_out = stranger_in(&pids);
        if (*stranger_out)
                return 1;
        if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create cgroup %s", leaf);
        for (size_t i = 0; i < pids.count; i++) {
                char text[16];

                snprintf(text, sizeof(text), "%d", pids.items[i]);
                if (fd_write_existing(AT_FDCWD, procs, text) < 0 && errno != ESRCH)
                        return error_sys(err, errno, "move to cgroup %s", leaf);
        }
        return 0;
}

static int refused_by(const char *path, pid_t stranger, struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED,
                  "the limits cannot be kept: process %d is in our cgroup %s too, and the kernel "
                  "wants no processes beside child cgroups with limits",
                  stranger, path);
        if (access("/run/systemd/system", F_OK) == 0)
                return error_cure(err, "give kelp a cgroup of its own: systemd-run --user --scope "
                                       "-p Delegate=yes kelp ...");
        return error_cure(err,
                          "give kelp a cgroup of its own: mkdir %s/kelp; echo $$ > "
                          "%s/kelp/cgroup.procs, for each process there",
                          path, path);
}

static int enable_in(const char *path, const struct strv *controllers, struct error *err)
{
        AUTO_CLOSE int fd = cgroup_open(path);

        if (fd < 0)
                return error_sys(err, errno, "open cgroup %s", path);
        return cgroup_enable(fd, controllers, err);
}

/* The directory above, when it is ours to make children in; else NULL. */
static char *writable_parent(const char *path)
{
        AUTO_FREE char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
        AUTO_FREE char *procs = path_join(parent, "cgroup.procs");

        if (strncmp(parent, CGROUP_ROOT, strlen(CGROUP_ROOT)) != 0 || access(parent, W_OK) < 0 ||
            access(procs, W_OK) < 0)
                return NULL;
        return take_ptr(parent);
}

/* Beside ours. 1: not there either. */
static int base_above(const char *own, const struct strv *controllers, char **base_out,
                      struct error *err)
{
        AUTO_FREE char *parent = writable_parent(own);
        int rc = parent ? enable_in(parent, controllers, err) : 1;

        if (rc == 0)
                *base_out = take_ptr(parent);
        return rc;
}

/* Where a relative path begins: a cgroup that hands the controllers down. */
static int find_base(const char *own, const struct strv *controllers, char **base_out,
                     struct error *err)
{
        pid_t stranger = 0;
        int rc = enable_in(own, controllers, err);

        /* What was not handed down to us may be there one step up. */
        if (rc < 0)
                return base_above(own, controllers, base_out, NULL) == 0 ? 0 : -1;
        /* Our helpers start further ones, so that once may not be enough. */
        for (int round = 0; rc > 0 && round < MOVE_ROUNDS; round++) {
                rc = move_ourselves(own, &stranger, err);
                if (rc > 0) {
                        rc = base_above(own, controllers, base_out, err);
                        return rc > 0 ? refused_by(own, stranger, err) : rc;
                }
                if (rc == 0)
                        rc = enable_in(own, controllers, err);
        }
        if (rc > 0)
                return error_set(err, ERROR_IN_USE, "cgroup %s does not become empty", own);
        if (rc == 0)
                *base_out = xstrdup(own);
        return rc;
}

static bool climbs(const char *path)
{
        size_t len = strlen(path);

        return strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 || strstr(path, "/../") ||
               (len >= 3 && strcmp(path + len - 3, "/..") == 0);
}

/* A cgroup that is there already: to be taken over only when nothing is in it. */
static int take_over(const char *path, struct error *err)
{
        if (cgroup_is_populated(path))
                return error_set(err, ERROR_IN_USE, "cgroup %s has processes already", path);
        if (cgroup_is_frozen(path))
                return error_set(err, ERROR_IN_USE, "cgroup %s is frozen", path);
        return 0;
}

/* Each directory of base/rest, the controllers handed down to each. */
static int make_below(const char *base, const char *rest, const struct strv *controllers,
                      char **path_out, struct error *err)
{
        AUTO(strv) parts = { 0 };
        AUTO_FREE char *path = xstrdup(base);
        bool made = false;

        strv_split(&parts, rest, '/');
        for (size_t i = 0; i < parts.count; i++) {
                AUTO_FREE char *parent = NULL;
                int rc = 0;

                if (!parts.items[i][0])
                        continue;
                parent = take_ptr(path);
                path = path_join(parent, parts.items[i]);
                if (controllers->count)
                        rc = enable_in(parent, controllers, err);
                if (rc < 0)
                        return -1;
                if (rc > 0)
                        return error_set(err, ERROR_IN_USE,
                                         "cgroup %s has processes, so that it cannot have children "
                                         "with limits",
                                         parent);
                made = mkdir(path, 0755) == 0;
                if (!made && errno != EEXIST)
                        return error_sys(err, errno, "create cgroup %s", path);
        }
        if (!made && take_over(path, err) < 0)
                return -1;
        *path_out = take_ptr(path);
        return 0;
}

static int no_hierarchy(struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED, "no cgroup v2 hierarchy is mounted at " CGROUP_ROOT);
        return error_cure(err, "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 "
                               "there");
}

/* podman's "split": our processes in one leaf, the container in another. */
static int split(const char *own, struct error *err)
{
        pid_t stranger = 0;
        int rc = move_ourselves(own, &stranger, err);

        return rc > 0 ? refused_by(own, stranger, err) : rc;
}

int cgroup_place(const struct cgroup_request *request, const struct strv *controllers,
                 char **path_out, struct error *err)
{
        AUTO_FREE char *own = cgroup_path_of(0);
        AUTO_FREE char *base = NULL;
        AUTO_FREE char *name = request->path && request->path[0]
                                       ? xstrdup(request->path)
                                       : xasprintf("kelp-%s", request->id);

        if (!own)
                return controllers->count ? cgroup_missing(controllers->items[0], err)
                                          : no_hierarchy(err);
        if (climbs(name))
                return error_set(err, ERROR_INVALID, "cgroup path \"%s\" leads upwards", name);
        if (name[0] == '/')
                base = xstrdup(CGROUP_ROOT);
        else if (request->split && split(own, err) < 0)
                return -1;
        else if (controllers->count == 0)
                base = xstrdup(own);
        else if (find_base(own, controllers, &base, err) < 0)
                return -1;
        return make_below(base, name, controllers, path_out, err);
}
