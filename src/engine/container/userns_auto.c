/* Ids for --userns=auto. See userns_auto.h.
 *
 * Taken is what containers of the store have in their maps; a container that has all ids as its own
 * default (no map) takes none away, as with podman. Between choosing and the container's publishing
 * the ids are held by a lock on the store's file `ids`, one byte for each: uids from 0, gids from
 * 2^32. Nothing is ever written to it, and the kernel lets go when the process dies. After the lock
 * is had the containers are read again: whoever held it before has published by then.
 */
#include "engine/container/userns_auto.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/container/container.h"
#include "engine/container/userns_of.h"
#include "engine/storage/layer.h"
#include "engine/storage/rootfs.h"
#include "rootless/id_map_parse.h"
#include "rootless/subid.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define NOBODY   65534
#define GIDS_AT  ((off_t)1 << 32)
#define ATTEMPTS 1000

/* The first free range that holds all, alone; else what there is. */
static void prefer_whole(struct id_map *free, uint64_t size)
{
        for (size_t i = 0; i < free->count; i++)
                if (free->ranges[i].count >= size) {
                        free->ranges[0] = free->ranges[i];
                        free->count = 1;
                        return;
                }
}

/* Ranges inside and ranges outside, side by side. */
static int zip(const struct id_map *wanted, struct id_map *free, struct id_map *map,
               struct error *err)
{
        size_t at = 0;

        for (size_t i = 0; i < wanted->count; i++) {
                struct id_range left = wanted->ranges[i];

                while (left.count > 0) {
                        struct id_range *from = &free->ranges[at];
                        struct id_range piece = { left.inside, from->outside,
                                                  left.count < from->count ? left.count
                                                                           : from->count };

                        if (id_map_add(map, &piece, err) < 0)
                                return -1;
                        left.inside += piece.count;
                        left.count -= piece.count;
                        from->outside += piece.count;
                        from->count -= piece.count;
                        at += from->count == 0;
                }
        }
        return 0;
}

int userns_auto_pick(const struct id_map *free, const struct id_map *forced, uint32_t size,
                     const char *what, struct id_map *map_out, struct error *err)
{
        struct id_map wanted = { .count = 1, .ranges = { { 0, 0, size } } }, left = *free;

        for (size_t i = 0; i < forced->count; i++)
                if (id_map_cut(&wanted, &forced->ranges[i], false, err) < 0 ||
                    id_map_cut(&left, &forced->ranges[i], true, err) < 0)
                        return -1;
        if (id_map_size(&left) < id_map_size(&wanted)) {
                error_set(err, ERROR_UNSUPPORTED,
                          "not enough unused IDs in user namespace: %llu %ss are wanted, %llu are "
                          "free",
                          (unsigned long long)id_map_size(&wanted), what,
                          (unsigned long long)id_map_size(&left));
                return error_cure(err, "remove containers that have ids of their own, ask for "
                                       "fewer (--userns=auto:size=), or assign more: "
                                       "usermod --add-subuids, --add-subgids");
        }
        prefer_whole(&left, id_map_size(&wanted));
        *map_out = *forced;
        if (zip(&wanted, &left, map_out, err) < 0)
                return -1;
        id_map_sort(map_out);
        return 0;
}

/* The highest of the numbers in two fields of a file like /etc/passwd; nobody does not count. */
static uint32_t highest(const char *text, size_t first, size_t last)
{
        AUTO_FREE char *copy = xstrdup(text ? text : "");
        char *rest = copy, *line;
        uint32_t high = 0;

        while ((line = strsep(&rest, "\n"))) {
                const char *name = strsep(&line, ":");

                if (strcmp(name, "nobody") == 0 || strcmp(name, "nogroup") == 0)
                        continue;
                for (size_t field = 1; line && field <= last; field++) {
                        const char *word = strsep(&line, ":");
                        unsigned long id = strtoul(word, NULL, 10);

                        if (field >= first && isdigit((unsigned char)word[0]) && id > high &&
                            id < UINT32_MAX && id != NOBODY)
                                high = (uint32_t)id;
                }
        }
        return high;
}

static uint32_t highest_in_files(const struct store *store, const struct image *image)
{
        AUTO(rootfs) rootfs = { .store = store, .container = xstrdup("containers/-") };
        AUTO_FREE char *passwd = NULL;
        AUTO_FREE char *group = NULL;
        uint32_t users, groups;

        for (size_t i = 0; i < image->layer_count; i++) {
                AUTO_FREE char *dir = layer_find(store, &image->diff_ids[i], "");

                rootfs_add_layer(&rootfs, dir);
        }
        (void)rootfs_read_file(&rootfs, "etc/passwd", LIMIT_PASSWD, &passwd, NULL);
        (void)rootfs_read_file(&rootfs, "etc/group", LIMIT_PASSWD, &group, NULL);
        users = highest(passwd, 2, 3);
        groups = highest(group, 2, 2);
        return users > groups ? users : groups;
}

/* Numbers of "uid:gid"; names are in the files. */
static uint32_t highest_of_user(const char *user)
{
        AUTO_FREE char *line = xasprintf("-:%s", user ? user : "");

        return highest(line, 1, 2);
}

int userns_auto_size(const struct store *store, const struct image *image, const char *user,
                     uint32_t *size_out, struct error *err)
{
        uint32_t files, high = highest_of_user(user);

        if (image_ensure_layers(store, image, "", NULL, err) < 0)
                return -1;
        for (size_t i = 0; i < image->layer_count; i++) {
                uint32_t id = layer_max_id(store, &image->diff_ids[i]);

                high = id > high ? id : high;
        }
        files = highest_in_files(store, image);
        high = files > high ? files : high;
        if (high >= USERNS_AUTO_MAX)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the image uses id %u, and --userns=auto gives %d at most unless "
                                 "it is told (size=)",
                                 high, USERNS_AUTO_MAX);
        *size_out = high + 1 > USERNS_AUTO_MIN ? high + 1 : USERNS_AUTO_MIN;
        return 0;
}

/* One kind of ids on the way. */
struct choice {
        const char *what;
        off_t at; /* in the lock file */
        struct id_map free, forced, map;
};

/* Root's containers have those of a user "containers" (podman-run(1)), others all but the caller's
 * own. */
static int load_available(const struct userns_plan *plan, const char *file,
                          const struct id_map *all, struct id_map *free, struct error *err)
{
        struct id_range found[ID_RANGES_MAX];
        size_t count;

        free->count = 0;
        if (plan->rung != USERNS_PRIVILEGED)
                return id_map_add(free, &(struct id_range){ 0, 1, (uint32_t)id_map_size(all) - 1 },
                                  err);
        count = subid_load(file, "containers", (uid_t)-1, found, ARRAY_SIZE(found));
        for (size_t i = 0; i < count; i++)
                if (id_map_add(free, &found[i], err) < 0)
                        return -1;
        if (count > 0)
                return 0;
        error_set(err, ERROR_UNSUPPORTED, "--userns=auto: \"containers\" has no ids in %s", file);
        return error_cure(err, "as root: echo containers:2147483647:2147483648 | "
                               "tee -a /etc/subuid /etc/subgid");
}

static int load_forced(const struct userns_plan *plan, enum id_kind kind,
                       const struct strv *mappings, struct id_map *map, struct error *err)
{
        struct id_map_parse parse = { .kind = kind,
                                      .all = kind == ID_USER ? &plan->uids : &plan->gids };

        return id_map_parse(&parse, mappings, map, err) < 0 ? error_context(err, "--userns=auto")
                                                            : 0;
}

static int take_away(struct id_map *free, const struct strv *map, struct error *err)
{
        struct id_map used;

        if (id_map_from_strv(map, &used, NULL) < 0)
                return 0; /* damaged, which its start will tell */
        for (size_t i = 0; i < used.count; i++)
                if (id_map_cut(free, &used.ranges[i], true, err) < 0)
                        return -1;
        return 0;
}

static int take_containers(const struct store *store, struct choice choices[2], struct error *err)
{
        AUTO(container_list) list = { 0 };

        if (container_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (take_away(&choices[0].free, &list.items[i].spec.uid_map, err) < 0 ||
                    take_away(&choices[1].free, &list.items[i].spec.gid_map, err) < 0)
                        return -1;
        return 0;
}

static bool is_forced(const struct choice *choice, const struct id_range *range)
{
        uint32_t inside;

        return id_map_inside(&choice->forced, range->outside, &inside);
}

/* Hold the ids of a map. 1: somebody else has some, which are not free any more. */
static int hold(int fd, struct choice *choice, struct error *err)
{
        for (size_t i = 0; i < choice->map.count; i++) {
                const struct id_range *range = &choice->map.ranges[i];
                struct flock lock = { .l_type = F_WRLCK,
                                      .l_whence = SEEK_SET,
                                      .l_start = choice->at + range->outside,
                                      .l_len = range->count };
                struct id_range theirs = { 0 };

                if (is_forced(choice, range) || fcntl(fd, F_OFD_SETLK, &lock) == 0)
                        continue;
                if (errno != EAGAIN && errno != EACCES)
                        return error_sys(err, errno, "lock the store's ids");
                if (fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
                        return 1; /* gone again */
                theirs.outside = (uint32_t)(lock.l_start - choice->at);
                theirs.count = (uint32_t)lock.l_len;
                return id_map_cut(&choice->free, &theirs, true, err) < 0 ? -1 : 1;
        }
        return 0;
}

static void let_go(int fd)
{
        struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

        (void)fcntl(fd, F_OFD_SETLK, &lock);
}

static int pick_both(struct choice choices[2], uint32_t size, struct error *err)
{
        for (size_t i = 0; i < 2; i++)
                if (userns_auto_pick(&choices[i].free, &choices[i].forced, size, choices[i].what,
                                     &choices[i].map, err) < 0)
                        return -1;
        return 0;
}

/* Is what was picked still free, by what containers have now? */
static int check_picked(const struct store *store, struct choice choices[2], uint32_t size,
                        struct error *err)
{
        struct id_map before[2] = { choices[0].map, choices[1].map };

        if (take_containers(store, choices, err) < 0 || pick_both(choices, size, err) < 0)
                return -1;
        for (size_t i = 0; i < 2; i++)
                if (before[i].count != choices[i].map.count ||
                    memcmp(before[i].ranges, choices[i].map.ranges,
                           before[i].count * sizeof(before[i].ranges[0])) != 0)
                        return 1;
        return 0;
}

/* 0: held; 1: try again. */
static int attempt(const struct store *store, int fd, struct choice choices[2], uint32_t size,
                   struct error *err)
{
        int rc = pick_both(choices, size, err);

        for (size_t i = 0; i < 2 && rc == 0; i++)
                rc = hold(fd, &choices[i], err);
        if (rc == 0)
                rc = check_picked(store, choices, size, err);
        if (rc != 0)
                let_go(fd);
        return rc;
}

static int start_choices(const struct store *store, const struct userns_mode *mode,
                         const struct userns_plan *plan, struct choice choices[2],
                         struct error *err)
{
        choices[0].what = id_kind_name(ID_USER);
        choices[0].at = 0;
        choices[1].what = id_kind_name(ID_GROUP);
        choices[1].at = GIDS_AT;
        if (load_available(plan, "/etc/subuid", &plan->uids, &choices[0].free, err) < 0 ||
            load_available(plan, "/etc/subgid", &plan->gids, &choices[1].free, err) < 0 ||
            load_forced(plan, ID_USER, &mode->uid_mappings, &choices[0].forced, err) < 0 ||
            load_forced(plan, ID_GROUP, &mode->gid_mappings, &choices[1].forced, err) < 0)
                return -1;
        return take_containers(store, choices, err);
}

int userns_auto_choose(const struct store *store, const struct userns_mode *mode, uint32_t size,
                       struct container_spec *spec, struct userns_plan *plan, int *lock_out,
                       struct error *err)
{
        AUTO_CLOSE int fd = openat(store->root_fd, "ids", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        static struct choice choices[2];
        struct id_maps maps;
        int rc = 1;

        if (fd < 0)
                return error_sys(err, errno, "open the store's ids");
        if (start_choices(store, mode, plan, choices, err) < 0)
                return -1;
        for (int i = 0; rc > 0 && i < ATTEMPTS; i++)
                rc = attempt(store, fd, choices, size, err);
        if (rc > 0)
                return error_set(err, ERROR_IN_USE, "the store's ids are wanted by too many");
        if (rc < 0)
                return -1;
        maps.uids = choices[0].map;
        maps.gids = choices[1].map;
        if (userns_restrict(plan, &maps, true, err) < 0)
                return -1;
        userns_of_note(spec, &plan->maps);
        *lock_out = take_fd(&fd);
        return 0;
}
