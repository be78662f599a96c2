/* Files of the host that a container's spec asks for: --tz, --hostuser. */
#ifndef KELP_ENGINE_CONTAINER_FILES_OF_H
#define KELP_ENGINE_CONTAINER_FILES_OF_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/user.h"
#include "engine/storage/rootfs.h"

/* The host's file of a time zone ("local", "Europe/Berlin"), heap; NULL with ERROR_INVALID or
 * ERROR_NOT_FOUND. */
char *files_of_timezone(const char *zone, struct error *err);

/* A user of the host, by name or number: it exists. */
int files_of_check_user(const char *user, struct error *err);

/* Write localtime and passwd into the directory, where the spec wants them. */
int files_of_write(int dir_fd, const struct container_spec *spec, const struct rootfs *rootfs,
                   struct error *err);

/* "user[:group]" against the container's /etc/passwd, host users included, and /etc/group. */
int files_of_resolve_user(const struct store *store, const struct container *container,
                          const struct rootfs *rootfs, const char *text,
                          struct container_user *user_out, struct error *err);

#endif
