/* The mounts of a container spec: making, releasing, as JSON and back. */
#ifndef KELP_ENGINE_CONTAINER_SPEC_MOUNTS_H
#define KELP_ENGINE_CONTAINER_SPEC_MOUNTS_H

#include "engine/container/spec.h"

/* One more at the end, empty but for its kind. The pointer lasts until the next one is added. */
struct container_mount *container_mount_add(struct container_spec *spec, enum mount_kind kind);
void container_mount_release(struct container_mount *mount);
void container_mount_copy(const struct container_mount *from, struct container_mount *to_out);

/* The one whose target this is, or NULL. */
struct container_mount *container_mount_at(const struct container_spec *spec, const char *target);

/* "bind", "tmpfs", "volume", "image", "ramfs", "devpts" */
const char *container_mount_kind_name(enum mount_kind kind);

json_t *container_mounts_to_json(const struct container_spec *spec);
void container_mounts_from_json(const json_t *array, struct container_spec *spec);

#endif
