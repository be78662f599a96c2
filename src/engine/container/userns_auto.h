/* --userns=auto: ids of a container's own, that no other container of the store has. */
#ifndef KELP_ENGINE_CONTAINER_USERNS_AUTO_H
#define KELP_ENGINE_CONTAINER_USERNS_AUTO_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/container/userns_mode.h"
#include "engine/image/image.h"
#include "engine/state/store.h"
#include "rootless/userns.h"

#define USERNS_AUTO_MIN                                                                            \
        1024 /* podman's defaults (containers-storage.conf(5), auto-userns-*-size) */
#define USERNS_AUTO_MAX 65536

/* One map: the ids 0 to size - 1 inside, without those of `forced`, for the lowest free ones: in
 * one piece, if there is one. free: what may be taken (its outside column); forced: goes in as it
 * is. ERROR_UNSUPPORTED: there are not enough. */
int userns_auto_pick(const struct id_map *free, const struct id_map *forced, uint32_t size,
                     const char *what, struct id_map *map_out, struct error *err);

/* How many ids the image and the user ("uid:gid", a name or NULL) need, at least USERNS_AUTO_MIN.
 * This process is in the default namespace; layers may be unpacked. */
int userns_auto_size(const struct store *store, const struct image *image, const char *user,
                     uint32_t *size_out, struct error *err);

/* Choose: the maps go into the plan and the spec. *lock_out keeps others away from the ids until
 * the container is in the store; the caller closes it then. Never blocks. */
int userns_auto_choose(const struct store *store, const struct userns_mode *mode, uint32_t size,
                       struct container_spec *spec, struct userns_plan *plan, int *lock_out,
                       struct error *err);

#endif
