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

/* The same, and their files too. */
void container_volumes_remove(const struct store *store, const struct container_spec *spec);

/* Make what the spec's volumes lack: names for anonymous ones, the volumes themselves unless they
 * are there, options of a tmpfs. The caller has the shared store lock and publishes the spec next.
 */
int container_volumes_make(const struct store *store, struct container_spec *spec,
                           struct error *err);

/* Mounts of another container, with other options if not NULL ("ro,z"), where the spec has none at
 * the same place (podman-run(1), --volumes-from). */
int container_volumes_from(const struct store *store, const char *name, const char *options,
                           struct container_spec *spec, struct error *err);

/* The image's VOLUME places, where the spec has no mount. */
enum image_volumes { IMAGE_VOLUMES_ANONYMOUS, IMAGE_VOLUMES_TMPFS, IMAGE_VOLUMES_IGNORE };
void container_volumes_of_image(const json_t *config, enum image_volumes mode,
                                struct container_spec *spec);

#endif
