/* Owners of files under supervision, as the handlers see them. */
#ifndef KELP_ENGINE_MONITOR_SUPERVISOR_OWNER_H
#define KELP_ENGINE_MONITOR_SUPERVISOR_OWNER_H

#include "engine/monitor/supervisor_call.h"
#include "rootless/override.h"

/* A file with what it says by itself. */
struct owned {
        int fd;           /* O_PATH */
        int dir_fd;       /* of its directory, or -1 */
        const char *name; /* in dir_fd */
        struct stat st;   /* with the owner that it has without a record */
        bool rootfs_root; /* st has another owner than the kernel says */
};

/* -1 with errno. */
int owned_look(const struct call *call, struct owned *file);

/* The owner that programs are shown; false when it is what st says. */
bool owned_get(const struct owned *file, struct override *override_out);
int owned_set(const struct owned *file, const struct override *override);

#endif
