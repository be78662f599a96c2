/* Trying what containers need, in a child process: for doctor and info. */
#ifndef KELP_CLI_SYSTEM_PROBE_H
#define KELP_CLI_SYSTEM_PROBE_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stdbool.h>

/* Can a user namespace be entered, and does it give capabilities? */
int probe_userns(struct error *err);

/* Does the kernel mount an overlay (userxattr) on the store's file system? */
int probe_overlay(const struct store *store, struct error *err);

/* Does fuse-overlayfs mount one there? */
int probe_fuse_overlayfs(const struct store *store, struct error *err);

/* Can a container's own proc or sysfs (with a network of its own) be mounted? Where an outer
 * container has covered parts of its own, the kernel refuses, and that one is bound. */
int probe_filesystem(const char *type, struct error *err);

/* Does the store's file system share blocks (FICLONE)? */
bool probe_reflinks(const struct store *store);

/* Can a container get a cgroup of its own below ours? */
int probe_cgroup(struct error *err);

/* Can a filter hand system calls to a supervisor? ERROR_IN_USE: one of an outer container does
 * already, and answers ours too. */
int probe_seccomp_listener(struct error *err);

/* The version of Landlock's interface, 0: none. */
int probe_landlock(void);

/* Are we in a container ourselves? */
bool probe_inside_container(void);

/* Does the store's file system keep user.* attributes? */
int probe_xattrs(const struct store *store, struct error *err);

/* What the store's file system is called ("ext4"), or its magic number in hex; a static buffer. */
const char *probe_file_system(const struct store *store);

/* Is /sys/fs/cgroup the unified hierarchy? */
bool probe_cgroup_v2(void);

#endif
