/* Writing the id maps of another process's new user namespace. */
#ifndef KELP_ROOTLESS_MAP_WRITE_H
#define KELP_ROOTLESS_MAP_WRITE_H

#include "base/error.h"
#include "rootless/userns.h"

struct map_request {
        pid_t target; /* a process in a user namespace that this process's user has made */
        const struct id_range *uids, *gids;
        size_t uid_count, gid_count;
};

/* Directly where the kernel allows it: with CAP_SETUID and CAP_SETGID here, or when both are the
 * caller's own single id (setgroups is denied then). Else newuidmap(1) and newgidmap(1), both at
 * the same time. Blocks until they are done. */
int map_write(const struct map_request *request, struct error *err);

#endif
