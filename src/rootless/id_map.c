/* Id maps. See id_map.h. Sums are 64 bits wide, so that no id wraps around. */
#include "rootless/id_map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OVERFLOW_ID 65534

int id_map_add(struct id_map *map, const struct id_range *range, struct error *err)
{
        if (range->count == 0)
                return 0;
        if (map->count == ID_RANGES_MAX)
                return error_set(err, ERROR_TOO_LARGE,
                                 "the id map has more than %d ranges, which the kernel refuses",
                                 ID_RANGES_MAX);
        map->ranges[map->count++] = *range;
        return 0;
}

static int by_inside(const void *a, const void *b)
{
        const struct id_range *x = a, *y = b;

        return (x->inside > y->inside) - (x->inside < y->inside);
}

static bool continues(const struct id_range *last, const struct id_range *next)
{
        return (uint64_t)last->inside + last->count == next->inside &&
               (uint64_t)last->outside + last->count == next->outside;
}

void id_map_sort(struct id_map *map)
{
        size_t kept = 0;

        if (map->count > 1)
                qsort(map->ranges, map->count, sizeof(map->ranges[0]), by_inside);
        for (size_t i = 0; i < map->count; i++) {
                if (kept > 0 && continues(&map->ranges[kept - 1], &map->ranges[i]))
                        map->ranges[kept - 1].count += map->ranges[i].count;
                else
                        map->ranges[kept++] = map->ranges[i];
        }
        map->count = kept;
}

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
        return a < (uint64_t)b + b_count && b < (uint64_t)a + a_count;
}

static int check_pair(const struct id_range *a, const struct id_range *b, const char *what,
                      struct error *err)
{
        if (overlap(a->inside, a->count, b->inside, b->count))
                return error_set(err, ERROR_INVALID,
                                 "the map gives %s %u of the container twice: %u:%u:%u and "
                                 "%u:%u:%u overlap",
                                 what, a->inside > b->inside ? a->inside : b->inside, a->inside,
                                 a->outside, a->count, b->inside, b->outside, b->count);
        if (overlap(a->outside, a->count, b->outside, b->count))
                return error_set(err, ERROR_INVALID,
                                 "the map gives two ids of the container the same %s: %u:%u:%u and "
                                 "%u:%u:%u overlap",
                                 what, a->inside, a->outside, a->count, b->inside, b->outside,
                                 b->count);
        return 0;
}

int id_map_check(const struct id_map *map, const char *what, struct error *err)
{
        for (size_t i = 0; i < map->count; i++) {
                const struct id_range *r = &map->ranges[i];

                /* The last number stands for "no id" (chown(2)). */
                if ((uint64_t)r->inside + r->count > UINT32_MAX ||
                    (uint64_t)r->outside + r->count > UINT32_MAX)
                        return error_set(err, ERROR_INVALID,
                                         "the %s map %u:%u:%u goes beyond the last id, %u", what,
                                         r->inside, r->outside, r->count, UINT32_MAX - 1);
                for (size_t k = 0; k < i; k++)
                        if (check_pair(&map->ranges[k], r, what, err) < 0)
                                return -1;
        }
        return 0;
}

/* Where an id lies in one column, as the same place in the other. */
static bool look_up(const struct id_map *map, uint32_t id, bool from_outside, uint32_t *out,
                    uint32_t *rest_out)
{
        for (size_t i = 0; i < map->count; i++) {
                const struct id_range *r = &map->ranges[i];
                uint32_t from = from_outside ? r->outside : r->inside;
                uint32_t to = from_outside ? r->inside : r->outside;

                if (id < from || id - from >= r->count)
                        continue;
                *out = to + (id - from);
                *rest_out = r->count - (id - from);
                return true;
        }
        return false;
}

bool id_map_outside(const struct id_map *map, uint32_t inside, uint32_t *outside_out)
{
        uint32_t rest;

        return look_up(map, inside, false, outside_out, &rest);
}

bool id_map_inside(const struct id_map *map, uint32_t outside, uint32_t *inside_out)
{
        uint32_t rest;

        return look_up(map, outside, true, inside_out, &rest);
}

void id_maps_inside(const struct id_maps *maps, uint32_t *uid, uint32_t *gid)
{
        if (maps && !id_map_inside(&maps->uids, *uid, uid))
                *uid = OVERFLOW_ID;
        if (maps && !id_map_inside(&maps->gids, *gid, gid))
                *gid = OVERFLOW_ID;
}

bool id_maps_outside(const struct id_maps *maps, uint32_t *uid, uint32_t *gid)
{
        if (!maps ||
            (id_map_outside(&maps->uids, *uid, uid) && id_map_outside(&maps->gids, *gid, gid)))
                return true;
        errno = EINVAL;
        return false;
}

/* A range may lie across several of the parent's. */
static int translate_range(struct id_range range, const struct id_map *parent, bool inverse,
                           struct id_map *map_out, struct error *err)
{
        while (range.count > 0) {
                struct id_range piece = { .inside = range.inside };
                uint32_t rest;

                if (!look_up(parent, range.outside, inverse, &piece.outside, &rest))
                        return error_set(err, ERROR_NOT_FOUND, "%u", range.outside);
                piece.count = rest < range.count ? rest : range.count;
                if (id_map_add(map_out, &piece, err) < 0)
                        return -1;
                range.inside += piece.count;
                range.outside += piece.count;
                range.count -= piece.count;
        }
        return 0;
}

static int translate(const struct id_map *map, const struct id_map *parent, bool inverse,
                     struct id_map *map_out, struct error *err)
{
        map_out->count = 0;
        for (size_t i = 0; i < map->count; i++)
                if (translate_range(map->ranges[i], parent, inverse, map_out, err) < 0)
                        return -1;
        id_map_sort(map_out);
        return 0;
}

int id_map_compose(const struct id_map *map, const struct id_map *parent, struct id_map *map_out,
                   struct error *err)
{
        return translate(map, parent, false, map_out, err);
}

int id_map_relative(const struct id_map *map, const struct id_map *parent, struct id_map *map_out,
                    struct error *err)
{
        return translate(map, parent, true, map_out, err);
}

/* The parts of a range that do not collide with `cut` in one column. */
static int cut_column(const struct id_range *range, const struct id_range *cut, bool outside,
                      struct id_map *map_out, struct error *err)
{
        uint64_t start = outside ? range->outside : range->inside, end = start + range->count;
        uint64_t from = outside ? cut->outside : cut->inside, to = from + cut->count;
        uint64_t before = from > start ? (from < end ? from : end) - start : 0;
        uint64_t after = to < end ? (to > start ? to : start) - start : range->count;
        struct id_range parts[2] = {
                { range->inside, range->outside, (uint32_t)before },
                { range->inside + (uint32_t)after, range->outside + (uint32_t)after,
                  range->count - (uint32_t)after },
        };

        if (to <= start || from >= end)
                return id_map_add(map_out, range, err);
        return id_map_add(map_out, &parts[0], err) < 0 ? -1 : id_map_add(map_out, &parts[1], err);
}

int id_map_cut(struct id_map *map, const struct id_range *range, bool outside, struct error *err)
{
        struct id_map rest;

        rest.count = 0;
        for (size_t i = 0; i < map->count; i++)
                if (cut_column(&map->ranges[i], range, outside, &rest, err) < 0)
                        return -1;
        map->count = rest.count;
        memcpy(map->ranges, rest.ranges, rest.count * sizeof(rest.ranges[0]));
        return 0;
}

int id_map_replace(struct id_map *map, const struct id_range *range, struct error *err)
{
        if (range->count == 0)
                return 0;
        if (id_map_cut(map, range, false, err) < 0 || id_map_cut(map, range, true, err) < 0)
                return -1;
        return id_map_add(map, range, err);
}

/* all's ids without those that the map uses: as ranges of the outside column. */
static int find_unused(const struct id_map *map, const struct id_map *all, struct id_map *unused,
                       struct error *err)
{
        unused->count = 0;
        for (size_t i = 0; i < all->count; i++) {
                const struct id_range *r = &all->ranges[i];

                if (id_map_add(unused, &(struct id_range){ r->inside, r->inside, r->count }, err) <
                    0)
                        return -1;
        }
        for (size_t i = 0; i < map->count; i++)
                if (id_map_cut(unused, &map->ranges[i], true, err) < 0)
                        return -1;
        id_map_sort(unused);
        return 0;
}

/* Take up to `room` ids from the front of the unused ones, for ids inside from `inside` on. */
static int take_unused(struct id_map *unused, uint64_t inside, uint64_t room,
                       struct id_map *map_out, struct error *err)
{
        for (size_t i = 0; i < unused->count && room > 0; i++) {
                struct id_range *r = &unused->ranges[i];
                uint32_t count = r->count < room ? r->count : (uint32_t)room;

                if (inside + count > UINT32_MAX)
                        return 0;
                if (id_map_add(map_out, &(struct id_range){ (uint32_t)inside, r->outside, count },
                               err) < 0)
                        return -1;
                inside += count;
                room -= count;
                r->outside += count;
                r->count -= count;
        }
        return 0;
}

int id_map_fill(struct id_map *map, const struct id_map *all, struct error *err)
{
        struct id_map unused, given = *map;
        uint64_t next = 0;

        if (find_unused(map, all, &unused, err) < 0)
                return -1;
        id_map_sort(&given);
        for (size_t i = 0; i < given.count; i++) {
                const struct id_range *r = &given.ranges[i];

                if (r->inside > next && take_unused(&unused, next, r->inside - next, map, err) < 0)
                        return -1;
                next = (uint64_t)r->inside + r->count;
        }
        if (take_unused(&unused, next, UINT32_MAX, map, err) < 0)
                return -1;
        id_map_sort(map);
        return 0;
}

uint64_t id_map_size(const struct id_map *map)
{
        uint64_t size = 0;

        for (size_t i = 0; i < map->count; i++)
                size += map->ranges[i].count;
        return size;
}

bool id_map_is_whole(const struct id_map *map, const struct id_map *all)
{
        size_t i;

        if (id_map_size(map) != id_map_size(all))
                return false;
        for (i = 0; i < map->count; i++)
                if (map->ranges[i].inside != map->ranges[i].outside)
                        return false;
        return true;
}

void id_map_to_strv(const struct id_map *map, struct strv *out)
{
        for (size_t i = 0; i < map->count; i++)
                strv_addf(out, "%u:%u:%u", map->ranges[i].inside, map->ranges[i].outside,
                          map->ranges[i].count);
}

int id_map_from_strv(const struct strv *list, struct id_map *map_out, struct error *err)
{
        map_out->count = 0;
        for (size_t i = 0; i < list->count; i++) {
                struct id_range range;
                int end = 0;

                if (sscanf(list->items[i], "%" SCNu32 ":%" SCNu32 ":%" SCNu32 "%n", &range.inside,
                           &range.outside, &range.count, &end) != 3 ||
                    list->items[i][end])
                        return error_set(err, ERROR_INVALID, "the id map \"%s\" is damaged",
                                         list->items[i]);
                if (id_map_add(map_out, &range, err) < 0)
                        return -1;
        }
        return 0;
}

/* FNV-1a: the names are the user's own, nobody has a gain by two maps of one name. */
static uint64_t hash_number(uint64_t hash, uint64_t number)
{
        for (int i = 0; i < 8; i++)
                hash = (hash ^ (number >> (8 * i) & 0xff)) * 0x100000001b3;
        return hash;
}

static uint64_t hash_map(uint64_t hash, const struct id_map *map)
{
        hash = hash_number(hash, map->count);
        for (size_t i = 0; i < map->count; i++) {
                hash = hash_number(hash, map->ranges[i].inside);
                hash = hash_number(hash, map->ranges[i].outside);
                hash = hash_number(hash, map->ranges[i].count);
        }
        return hash;
}

void id_maps_name(const struct id_maps *maps, char name_out[ID_MAPS_NAME_LEN + 1])
{
        struct id_maps sorted = *maps;
        uint64_t hash = 0xcbf29ce484222325;

        id_map_sort(&sorted.uids);
        id_map_sort(&sorted.gids);
        hash = hash_map(hash_map(hash, &sorted.uids), &sorted.gids);
        snprintf(name_out, ID_MAPS_NAME_LEN + 1, "m%016" PRIx64, hash);
}
