/* Files that a container gets beside its image's: --tz, etc/mtab. */
#ifndef KELP_ENGINE_CONTAINER_FILES_OF_H
#define KELP_ENGINE_CONTAINER_FILES_OF_H

#include "base/error.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/spec.h"

#include <stdbool.h>
#include <sys/types.h>

/* The host's file of a time zone ("local", "Europe/Berlin"), heap; NULL with ERROR_INVALID or
 * ERROR_NOT_FOUND. */
char *files_of_timezone(const char *zone, struct error *err);

/* The image has the time zone: etc/localtime is to be a link to it (files_of_link_timezone()), as a
 * distribution's own tools make it; no file is laid over it. */
bool files_of_links_timezone(const struct container_spec *spec, const struct rootfs *rootfs);
int files_of_link_timezone(const char *root, const char *zone, struct error *err);

/* An image without etc/mtab gets the link that programs expect there, as with podman, and it is the
 * container's root's, whose ids those are here; where that cannot be, it goes without. */
void files_of_link_mtab(const char *root, uid_t uid, gid_t gid);

/* The zone's file as localtime in the directory. */
int files_of_write_timezone(int dir_fd, const char *zone, struct error *err);

#endif
