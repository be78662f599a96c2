/* Id maps: which ids of a user namespace stand for which outside (user_namespaces(7)). Plain data.
 *
 * A container's map is written down in ids of the *default* namespace: the one that holds all the
 * caller may have, where 0 is the caller and its subordinate ids follow (podman's "intermediate"
 * ids). So it means the same after /etc/subuid has changed.
 */
#ifndef KELP_ROOTLESS_ID_MAP_H
#define KELP_ROOTLESS_ID_MAP_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_range {
        uint32_t inside;  /* first id in the namespace */
        uint32_t outside; /* first id in the parent */
        uint32_t count;
};

#define ID_RANGES_MAX 340 /* the kernel's own ceiling (user_namespaces(7)) */

/* The count comes first: of a map with few ranges the rest is never touched. */
struct id_map {
        size_t count;
        struct id_range ranges[ID_RANGES_MAX];
};

struct id_maps {
        struct id_map uids;
        struct id_map gids;
};

/* Append; ERROR_TOO_LARGE when it is full. A count of 0 adds nothing. */
int id_map_add(struct id_map *map, const struct id_range *range, struct error *err);

/* In the order of the ids inside, and what continues is one range. */
void id_map_sort(struct id_map *map);

/* Nothing twice, on either side, and nothing beyond the last id. ERROR_INVALID names the ids; what:
 * "uid" or "gid". */
int id_map_check(const struct id_map *map, const char *what, struct error *err);

/* One id through the map. False: it is not mapped. */
bool id_map_outside(const struct id_map *map, uint32_t inside, uint32_t *outside_out);
bool id_map_inside(const struct id_map *map, uint32_t outside, uint32_t *inside_out);

/* An owner as it looks inside: overflow ids (user_namespaces(7)) where it is not mapped. And
 * outside: false with errno EINVAL where it is not. NULL: as they are. */
void id_maps_inside(const struct id_maps *maps, uint32_t *uid, uint32_t *gid);
bool id_maps_outside(const struct id_maps *maps, uint32_t *uid, uint32_t *gid);

/* The same map with its outside column replaced: through the parent (compose: what were ids in the
 * parent become those outside of it), or the other way (relative). ERROR_NOT_FOUND: err names the
 * first id that the parent has not. */
int id_map_compose(const struct id_map *map, const struct id_map *parent, struct id_map *map_out,
                   struct error *err);
int id_map_relative(const struct id_map *map, const struct id_map *parent, struct id_map *map_out,
                    struct error *err);

/* Take away what collides with the range on one side. */
int id_map_cut(struct id_map *map, const struct id_range *range, bool outside, struct error *err);

/* Put a range in, and take away what it collides with, on either side. */
int id_map_replace(struct id_map *map, const struct id_range *range, struct error *err);

/* Give the ids of `all` (its inside column) that the map does not use to what is free inside, from
 * 0 on; what is left goes behind the last one. */
int id_map_fill(struct id_map *map, const struct id_map *all, struct error *err);

/* How many ids. */
uint64_t id_map_size(const struct id_map *map);

/* Does each id stand for itself, from 0 to as many as all has? all: sorted. */
bool id_map_is_whole(const struct id_map *map, const struct id_map *all);

/* "inside:outside:count" each. Those that cannot be read make it ERROR_INVALID. */
void id_map_to_strv(const struct id_map *map, struct strv *out);
int id_map_from_strv(const struct strv *list, struct id_map *map_out, struct error *err);

/* A short name of both: the same for the same maps, however they were put together. */
#define ID_MAPS_NAME_LEN 17
void id_maps_name(const struct id_maps *maps, char name_out[ID_MAPS_NAME_LEN + 1]);

#endif
