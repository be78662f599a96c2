/* Trying what containers need, in a child process: for doctor and info. */
#ifndef KELP_CLI_PROBE_H
#define KELP_CLI_PROBE_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stdbool.h>

/* Can a user namespace be entered? */
int probe_userns(struct error *err);

/* Does the kernel mount an overlay (userxattr) on the store's file system? */
int probe_overlay(const struct store *store, struct error *err);

/* Does the store's file system keep user.* attributes? */
int probe_xattrs(const struct store *store, struct error *err);

/* What the store's file system is called ("ext4"), or its magic number in hex; a static buffer. */
const char *probe_file_system(const struct store *store);

/* Is /sys/fs/cgroup the unified hierarchy? */
bool probe_cgroup_v2(void);

#endif
