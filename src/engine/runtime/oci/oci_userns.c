/* User namespaces of containers. See oci_userns.h. */
#include "engine/runtime/oci/oci_userns.h"

#include "base/log.h"
#include "rootless/map_write.h"
#include "rootless/userns.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

/* CAP_SYS_ADMIN is what namespaces are made with. */
static bool may_make_namespaces(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = { 0 };

        return syscall(SYS_capget, &header, data) == 0 &&
               (data[0].effective & (1u << CAP_SYS_ADMIN));
}

/* "user" of linux.namespaces, or NULL. */
static const json_t *find_user(const json_t *linux_part)
{
        size_t i;
        json_t *entry;

        json_array_foreach (json_object_get(linux_part, "namespaces"), i, entry) {
                if (strcmp(json_get_string(entry, "type", ""), "user") == 0)
                        return entry;
        }
        return NULL;
}

static json_t *mappings(const struct id_map *map)
{
        json_t *array = json_array();

        for (size_t i = 0; i < map->count; i++)
                json_array_append_new(array, json_pack("{s:I, s:I, s:I}", "containerID",
                                                       (json_int_t)map->ranges[i].inside, "hostID",
                                                       (json_int_t)map->ranges[i].outside, "size",
                                                       (json_int_t)map->ranges[i].count));
        return array;
}

int oci_userns_complete(json_t *spec, struct error *err)
{
        json_t *linux_part = json_object_get(spec, "linux");
        json_t *namespaces = json_object_get(linux_part, "namespaces");
        const json_t *user = find_user(linux_part);
        bool mapped = json_array_size(json_object_get(linux_part, "uidMappings")) > 0 ||
                      json_array_size(json_object_get(linux_part, "gidMappings")) > 0;
        struct userns_plan plan;

        /* What is not a specification at all is told later, by spec_check.h. */
        if (!json_is_array(namespaces) || json_object_get(user, "path") || (user && mapped) ||
            (!user && may_make_namespaces()))
                return 0;
        if (!user && mapped)
                return 0; /* is refused */
        if (userns_plan(&plan, err) < 0)
                return -1;
        if (!user) {
                log_info("linux.namespaces has no \"user\", which a caller without rights needs: "
                         "one with the ids of this user is made, continuing");
                json_array_append_new(namespaces, json_pack("{s:s}", "type", "user"));
        }
        json_object_set_new(linux_part, "uidMappings", mappings(&plan.uids));
        json_object_set_new(linux_part, "gidMappings", mappings(&plan.gids));
        return 1;
}

int oci_userns_map(const struct launch_plan *plan, pid_t pid, struct error *err)
{
        struct map_request request = { .target = pid,
                                       .uids = plan->uid_maps.items,
                                       .uid_count = plan->uid_maps.count,
                                       .gids = plan->gid_maps.items,
                                       .gid_count = plan->gid_maps.count };

        return plan->clone_flags & CLONE_NEWUSER ? map_write(&request, err) : 0;
}
