/* Entering the cgroup of a container that runs. See cgroup.h, cgroup_join(). */
#include "engine/runtime/cgroup_join.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/cgroup_place.h"
#include "engine/runtime/scope.h"

#include <string.h>

int cgroup_join_refused(const char *path, struct error *err)
{
        error_set(err, ERROR_DENIED,
                  "the container's cgroup %s cannot be entered from ours: what they have in common "
                  "is not ours to write",
                  path);
        return error_cure(err, "call kelp from the part of the tree that is delegated to you");
}

/* The directory that two have in common, which the mover has to be able to write (cgroups(7),
 * "Delegation containment"). */
static char *common_ancestor(const char *a, const char *b)
{
        size_t common = 0;

        for (size_t i = 0;; i++) {
                bool ends = (!a[i] || a[i] == '/') && (!b[i] || b[i] == '/');

                if (ends)
                        common = i;
                if (!a[i] || a[i] != b[i])
                        break;
        }
        return xstrndup(a, common);
}

static bool may_move(const char *from, const char *to)
{
        AUTO_FREE char *ancestor = common_ancestor(from, to);
        AUTO_FREE char *procs = path_join(ancestor, "cgroup.procs");

        return access(procs, W_OK) == 0;
}

/* The unit with the leaf in its cgroup: "kelp-ID.scope" of ".../kelp-ID.scope/container", or the
 * service that a container shares with kelp (--cgroups=split); NULL when it is none. */
static char *unit_of(const char *path)
{
        const char *leaf = strrchr(path, '/'), *start = leaf;
        AUTO_FREE char *unit = NULL;

        while (start && start > path && start[-1] != '/')
                start--;
        if (!leaf)
                return NULL;
        unit = xstrndup(start, (size_t)(leaf - start));
        return path_ends_with(unit, ".scope") || path_ends_with(unit, ".service") ? take_ptr(unit)
                                                                                  : NULL;
}

int cgroup_join(const char *path, uid_t uid, int *fd_out, struct error *err)
{
        AUTO_FREE char *own = cgroup_path_of(0);
        AUTO_FREE char *unit = unit_of(path);
        int fd;

        if (!own || !may_move(own, path)) {
                if (!own || !unit)
                        return cgroup_join_refused(path, err);
                if (scope_attach(uid, unit, "/" CGROUP_SUPERVISOR, getpid(), err) < 0)
                        return error_context(err, "entering cgroup %s", path);
        }
        fd = cgroup_open(path);
        if (fd < 0)
                return error_sys(err, errno, "open cgroup %s", path);
        *fd_out = fd;
        return 0;
}
