/* Where a single id is mapped: owners of links, fifos and sockets of lower layers. */
#ifndef KELP_ENGINE_STORAGE_MEMBERS_H
#define KELP_ENGINE_STORAGE_MEMBERS_H

#include "base/error.h"
#include "base/strv.h"

/* Their records are attributes of the directory (rootless/override.h), and overlay shows those of
 * the topmost layer that has it. So the topmost one of these layers gets the records of what shows
 * through it from those below. layers: directories relative to base_fd, lowest first. Records that
 * the file system has no room for are left out. */
int members_collect(int base_fd, const struct strv *layers, struct error *err);

#endif
