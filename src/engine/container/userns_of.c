/* User namespaces of containers. See userns_of.h.
 *
 * A map is kept in ids of the default namespace. When the caller's own id is in it, the command
 * enters the final namespace itself. Else the caller would be nobody there and could not reach the
 * store: it enters the default namespace, from which all its ids can be reached, and the container
 * gets a namespace of its own below that (runtime-spec's uidMappings).
 *
 * Layers are unpacked once for each map, since a file has one owner on disk. That is what podman
 * does too where the kernel maps no mounts, which for a file system of the host it does for root
 * alone. fuse-overlayfs could translate instead, but every access would pay. Measured with 10000
 * files, 240 MB, on two busy cores: the copy took 2 s, reading all of it 9 to 11 s through the
 * overlay and 29 s through fuse-overlayfs (which did not even translate).
 *
 * `auto` takes the lowest free ids, so that one container after the other finds the copy that the
 * last one left; `image prune` takes away those that no container uses.
 */
#include "engine/container/userns_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/userns_join.h"
#include "rootless/id_map_parse.h"
#include "rootless/subid.h"

#include <fcntl.h>
#include <string.h>

void userns_of_note(struct container_spec *spec, const struct id_maps *maps)
{
        strv_release(&spec->uid_map);
        strv_release(&spec->gid_map);
        id_map_to_strv(&maps->uids, &spec->uid_map);
        id_map_to_strv(&maps->gids, &spec->gid_map);
}

static bool is_mapped_by_hand(const struct userns_request *r)
{
        return r->uid_map.count || r->gid_map.count || r->subuid_name || r->subgid_name;
}

static int check_request(const struct userns_request *r, struct error *err)
{
        if (r->mode && is_mapped_by_hand(r))
                return error_set(err, ERROR_USAGE,
                                 "--userns and --uidmap/--gidmap/--subuidname/--subgidname are "
                                 "mutually exclusive");
        if ((r->subuid_name || r->subgid_name) && (r->uid_map.count || r->gid_map.count))
                return error_set(err, ERROR_USAGE,
                                 "--subuidname/--subgidname and --uidmap/--gidmap are mutually "
                                 "exclusive");
        return 0;
}

/* The ids that somebody has in /etc/subuid or /etc/subgid, one behind the other from 0. */
static int named_map(enum id_kind kind, const char *name, const struct id_map *all,
                     struct id_map *map_out, struct error *err)
{
        const char *file = kind == ID_USER ? "/etc/subuid" : "/etc/subgid";
        struct id_range found[ID_RANGES_MAX];
        size_t count = subid_load(file, name, (uid_t)-1, found, ARRAY_SIZE(found));
        struct error why = { 0 };
        struct id_map host;
        uint64_t next = 0;

        host.count = 0;
        for (size_t i = 0; i < count && next + found[i].count < UINT32_MAX; i++) {
                found[i].inside = (uint32_t)next;
                next += found[i].count;
                if (id_map_add(&host, &found[i], err) < 0)
                        return -1;
        }
        if (count == 0)
                return error_set(err, ERROR_NOT_FOUND, "\"%s\" has no ids in %s", name, file);
        if (id_map_relative(&host, all, map_out, &why) < 0)
                return error_set(err, ERROR_DENIED,
                                 "the %ss of \"%s\" in %s are not yours to map: %s",
                                 id_kind_name(kind), name, file, why.text);
        return 0;
}

/* One name stands for both, and so do the maps of one kind. */
static int hand_maps(const struct userns_request *r, const struct userns_plan *plan,
                     struct id_maps *maps, struct error *err)
{
        const char *user = r->subuid_name ? r->subuid_name : r->subgid_name;
        const char *group = r->subgid_name ? r->subgid_name : r->subuid_name;
        struct id_map_parse parse = { .kind = ID_USER,
                                      .all = &plan->uids,
                                      .fill = plan->rung != USERNS_PRIVILEGED,
                                      .flags = true };

        if (user)
                return named_map(ID_USER, user, &plan->uids, &maps->uids, err) < 0
                               ? -1
                               : named_map(ID_GROUP, group, &plan->gids, &maps->gids, err);
        if (id_map_parse(&parse, r->uid_map.count ? &r->uid_map : &r->gid_map, &maps->uids, err) <
            0)
                return -1;
        parse.kind = ID_GROUP;
        parse.all = &plan->gids;
        return id_map_parse(&parse, r->gid_map.count ? &r->gid_map : &r->uid_map, &maps->gids, err);
}

/* podman: a map that is only of the other kind leaves this one as it is. */
static void complete(const struct userns_plan *plan, struct id_maps *maps)
{
        struct id_map *both[] = { &maps->uids, &maps->gids };
        const struct id_map *all[] = { &plan->uids, &plan->gids };

        for (size_t i = 0; i < ARRAY_SIZE(both); i++)
                if (both[i]->count == 0)
                        (void)id_map_add(
                                both[i],
                                &(struct id_range){ .count = (uint32_t)id_map_size(all[i]) }, NULL);
}

static int plan_new(const struct store *store, const struct userns_request *request,
                    struct container_spec *spec, const struct userns_mode *mode,
                    struct userns_plan *plan, struct error *err)
{
        struct id_maps maps;
        int has_maps;

        if (userns_plan(plan, err) < 0)
                return -1;
        if (mode->kind == USERNS_CONTAINER || mode->kind == USERNS_PATH)
                return userns_join(store, mode, spec, plan, err);
        if (is_mapped_by_hand(request)) {
                has_maps = hand_maps(request, plan, &maps, err) < 0 ? -1 : 1;
                if (has_maps > 0)
                        complete(plan, &maps);
        } else {
                has_maps = userns_mode_maps(mode, plan, &maps, err);
        }
        if (has_maps <= 0)
                return has_maps;
        if (userns_restrict(plan, &maps, false, err) < 0)
                return -1;
        userns_of_note(spec, &plan->maps);
        return 0;
}

int userns_of_new(const struct store *store, const struct userns_request *request,
                  struct container_spec *spec, struct userns_mode *mode_out,
                  struct userns_plan *plan_out, struct error *err)
{
        if (check_request(request, err) < 0 || userns_mode_parse(request->mode, mode_out, err) < 0)
                return -1;
        if (mode_out->kind != USERNS_DEFAULT)
                spec->userns = xstrdup(request->mode);
        else if (is_mapped_by_hand(request))
                spec->userns = xstrdup("private");
        if (plan_new(store, request, spec, mode_out, plan_out, err) < 0)
                return -1;
        if (!spec->user)
                spec->user = userns_mode_user(mode_out, plan_out);
        return 0;
}

static int plan_noted(const struct container_spec *spec, struct userns_plan *plan,
                      struct error *err)
{
        struct id_maps maps;

        if (userns_plan(plan, err) < 0)
                return -1;
        if (spec->uid_map.count == 0 || spec->gid_map.count == 0)
                return 0;
        if (id_map_from_strv(&spec->uid_map, &maps.uids, err) < 0 ||
            id_map_from_strv(&spec->gid_map, &maps.gids, err) < 0)
                return -1;
        return userns_restrict(plan, &maps, false, err);
}

static int plan_own(const struct store *store, const struct container_spec *spec,
                    struct userns_plan *plan, struct error *err)
{
        AUTO(userns_mode) mode = { 0 };
        AUTO(container_spec) joined = { 0 };
        char name[ID_MAPS_NAME_LEN + 1];

        if (userns_mode_parse(spec->userns, &mode, err) < 0)
                return -1;
        if (mode.kind != USERNS_CONTAINER && mode.kind != USERNS_PATH)
                return plan_noted(spec, plan, err);
        if (userns_plan(plan, err) < 0 || userns_join(store, &mode, &joined, plan, err) < 0)
                return -1;
        userns_mapping_name(plan, name, sizeof(name));
        if (spec->mapping && strcmp(name, spec->mapping) != 0)
                return error_set(err, ERROR_STATE,
                                 "%s has another id map than the container was made for",
                                 spec->userns);
        return 0;
}

int userns_of_same(const struct store *store, const struct container_spec *other,
                   struct container_spec *spec, struct userns_plan *plan, struct error *err)
{
        spec->userns = xstrdup(other->userns);
        strv_extend(&spec->uid_map, &other->uid_map);
        strv_extend(&spec->gid_map, &other->gid_map);
        return plan_own(store, spec, plan, err);
}

int userns_of_container(const struct store *store, const struct container_spec *spec,
                        struct userns_plan *plan, struct error *err)
{
        if (plan_own(store, spec, plan, err) < 0)
                return -1;
        return namespaces_plan_userns(store, spec, plan, err);
}

bool userns_of_root(const struct userns_plan *plan, uint32_t *uid_out, uint32_t *gid_out)
{
        const struct id_maps *maps = userns_of_owners(plan);

        *uid_out = *gid_out = 0;
        return !maps ||
               (id_map_outside(&maps->uids, 0, uid_out) && id_map_outside(&maps->gids, 0, gid_out));
}

void userns_of_give_root(const struct userns_plan *plan, int dir_fd, int files_fd)
{
        static const char *const files[] = { "resolv.conf", "hosts",  "hostname", "containerenv",
                                             "localtime",   "passwd", "group" };
        const struct id_maps *maps = userns_of_owners(plan);
        uint32_t uid, gid;

        if (!userns_of_root(plan, &uid, &gid))
                return;
        if (!maps && userns_caller_inside(plan) == 0)
                return;
        if (dir_fd >= 0)
                (void)!fchownat(dir_fd, "upper", uid, gid, 0);
        for (size_t i = 0; maps && i < ARRAY_SIZE(files); i++)
                (void)!fchownat(files_fd, files[i], uid, gid, AT_SYMLINK_NOFOLLOW);
}

bool userns_of_translates(const struct container_spec *spec, struct id_maps *maps_out)
{
        return spec->uid_map.count && spec->mapping &&
               strcmp(spec->mapping, userns_own_mapping()) != 0 &&
               id_map_from_strv(&spec->uid_map, &maps_out->uids, NULL) == 0 &&
               id_map_from_strv(&spec->gid_map, &maps_out->gids, NULL) == 0;
}

bool userns_of_has_gid(const struct userns_plan *plan, gid_t gid)
{
        const struct id_maps *maps = userns_of_owners(plan);
        uint32_t outside;

        return id_map_outside(maps ? &maps->gids : &plan->gids, gid, &outside);
}

const struct id_maps *userns_of_owners(const struct userns_plan *plan)
{
        return plan->nested && plan->mapped ? &plan->maps : NULL;
}
