/* Volumes and the containers that have them. A container's spec is what refers to a volume:
 * it is published under the shared store lock, and a volume is removed under the exclusive one, so
 * that none goes away between the look and the removal. */
#ifndef KELP_ENGINE_CONTAINER_VOLUMES_H
#define KELP_ENGINE_CONTAINER_VOLUMES_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/storage/volume.h"

/* Does this container have it? */
bool container_has_volume(const struct container_spec *spec, const char *name);

/* IDs of the containers that have it. */
void volume_users(const struct container_list *list, const char *name, struct strv *ids);

/* Remove a volume that no container has; ERROR_IN_USE names those that do. This process is in the
 * user namespace. */
int volume_remove(const struct store *store, const char *name, struct error *err);

/* Remove the anonymous volumes of a container that is gone itself, unless others have them too.
 * They vanish at once; their files go with the grave. */
void container_volumes_bury(const struct store *store, const struct container_spec *spec,
                            struct staging *grave);

#endif
