/* A container's root file system out of its spec, and what the engine reads in it. */
#ifndef KELP_ENGINE_CONTAINER_ROOTFS_OF_H
#define KELP_ENGINE_CONTAINER_ROOTFS_OF_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/user.h"
#include "engine/storage/rootfs.h"

/* The caller releases it with rootfs_release(). */
void rootfs_of(const struct store *store, const struct container *container,
               struct rootfs *rootfs_out);

/* Every layer is there, else ERROR_NOT_FOUND. */
int rootfs_check_layers(const struct rootfs *rootfs, struct error *err);

/* "user[:group]" against its /etc/passwd and /etc/group. */
int rootfs_resolve_user(const struct rootfs *rootfs, const char *text,
                        struct container_user *user_out, struct error *err);

/* --group-add: names and numbers, looked up in its /etc/group, to the user's. */
int rootfs_add_groups(const struct rootfs *rootfs, const struct strv *groups,
                      struct container_user *user, struct error *err);

#endif
