/* Namespaces and what belongs to them - id mappings, clock offsets, sysctls, names - of a runtime
 * specification -> launch plan. See plan_parts.h.
 *
 * A setting of a namespace that the container does not have for itself would be a setting of the
 * host: it is refused.
 */
#include "engine/runtime/plan_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <sched.h>
#include <string.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
        const char *type;
        unsigned long long flag;
} known[] = {
        { "mount", CLONE_NEWNS },  { "pid", CLONE_NEWPID },     { "ipc", CLONE_NEWIPC },
        { "uts", CLONE_NEWUTS },   { "network", CLONE_NEWNET }, { "cgroup", CLONE_NEWCGROUP },
        { "user", CLONE_NEWUSER }, { "time", CLONE_NEWTIME },
};
_Static_assert(ARRAY_SIZE(known) == NAMESPACE_KINDS, "plan.joins has a place for each");

int id_ranges_parse(const json_t *array, const char *what, struct id_ranges *ranges_out,
                    struct error *err)
{
        size_t count = json_array_size(array), i;
        json_t *item;

        *ranges_out = (struct id_ranges){ 0 };
        if (count > MAP_RANGES_MAX)
                return error_set(err, ERROR_TOO_LARGE, "%s: more than %d ranges", what,
                                 MAP_RANGES_MAX);
        ranges_out->items = count ? xcalloc(count, sizeof(*ranges_out->items)) : NULL;
        json_array_foreach (array, i, item) {
                struct id_range *range = &ranges_out->items[ranges_out->count++];

                range->inside = (uint32_t)json_get_int(item, "containerID", 0);
                range->outside = (uint32_t)json_get_int(item, "hostID", 0);
                range->count = (uint32_t)json_get_int(item, "size", 0);
                if (range->count == 0 || range->inside + range->count < range->inside ||
                    range->outside + range->count < range->outside)
                        return error_set(err, ERROR_INVALID, "%s[%zu]: not a range of ids", what,
                                         i);
        }
        return 0;
}

void id_ranges_release(struct id_ranges *ranges)
{
        free(ranges->items);
        *ranges = (struct id_ranges){ 0 };
}

/* The user namespace first: the others are entered with the rights it gives. */
static void add_join(struct launch_plan *plan, unsigned long long flag, const char *type,
                     const char *path)
{
        size_t at = plan->join_count++;

        if (flag == CLONE_NEWUSER) {
                memmove(&plan->joins[1], &plan->joins[0], at * sizeof(plan->joins[0]));
                at = 0;
        }
        plan->joins[at] =
                (struct namespace_join){ .flag = flag, .type = type, .path = xstrdup(path) };
}

static int add_namespace(struct launch_plan *plan, const json_t *entry, unsigned long long *seen,
                         struct error *err)
{
        const char *type = json_get_string(entry, "type", "");
        const char *path = json_get_string(entry, "path", "");
        size_t k;

        for (k = 0; k < ARRAY_SIZE(known) && strcmp(known[k].type, type) != 0; k++)
                ;
        if (k == ARRAY_SIZE(known))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "linux.namespaces: type \"%s\" is not known", type);
        if (*seen & known[k].flag)
                return error_set(err, ERROR_INVALID, "linux.namespaces: \"%s\" is there twice",
                                 type);
        *seen |= known[k].flag;
        if (path[0] && path[0] != '/')
                return error_set(err, ERROR_INVALID,
                                 "linux.namespaces: the path of \"%s\" is not absolute", type);
        if (path[0])
                add_join(plan, known[k].flag, known[k].type, path);
        /* Even with a mount namespace to enter, sources are opened in one of our own. */
        if (known[k].flag == CLONE_NEWNS)
                plan->clone_flags |= CLONE_NEWNS;
        if (path[0])
                return 0;
        if (known[k].flag == CLONE_NEWUSER)
                plan->new_user_namespace = true;
        else if (known[k].flag & (CLONE_NEWCGROUP | CLONE_NEWTIME))
                plan->late_flags |= known[k].flag;
        else
                plan->clone_flags |= known[k].flag;
        return 0;
}

static int plan_clock(const json_t *offsets, const char *clock, struct time_offset *offset_out)
{
        const json_t *json = json_object_get(offsets, clock);

        if (!json)
                return 0;
        *offset_out = (struct time_offset){
                .set = true,
                .seconds = json_get_int(json, "secs", 0),
                .nanoseconds = (uint32_t)json_get_int(json, "nanosecs", 0),
        };
        return 1;
}

static int plan_clocks(struct launch_plan *plan, const json_t *offsets, struct error *err)
{
        int count = plan_clock(offsets, "monotonic", &plan->monotonic) +
                    plan_clock(offsets, "boottime", &plan->boottime);

        if ((size_t)count != json_object_size(offsets))
                return error_set(err, ERROR_INVALID,
                                 "linux.timeOffsets: the clocks are monotonic and boottime");
        if (count > 0 && !(plan->late_flags & CLONE_NEWTIME))
                return error_set(err, ERROR_INVALID,
                                 "linux.timeOffsets: a new time namespace is needed for it");
        return 0;
}

/* "net.ipv4.conf.eth0/1.rp_filter" -> "net/ipv4/conf/eth0.1/rp_filter": whichever of "." and "/" is
 * first separates, the other one is part of a name (sysctl(8)). */
static char *sysctl_path(const char *key)
{
        char *path = xstrdup(key);
        char *first = strpbrk(path, "./");

        if (!first || *first == '/')
                return path;
        for (char *p = path; *p; p++)
                *p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
        return path;
}

/* A component of "." or ".." or nothing would leave the tree that was checked. */
static bool is_plain_path(const char *path)
{
        AUTO(strv) parts = { 0 };

        strv_split(&parts, path, '/');
        for (size_t i = 0; i < parts.count; i++)
                if (!parts.items[i][0] || strcmp(parts.items[i], ".") == 0 ||
                    strcmp(parts.items[i], "..") == 0)
                        return false;
        return true;
}

/* Which namespace a sysctl belongs to, 0: none. */
static unsigned long long sysctl_namespace(const char *path)
{
        static const struct {
                const char *path; /* one that ends in "/" stands for all below */
                unsigned long long flag;
        } rules[] = {
                { "net/", CLONE_NEWNET },
                { "fs/mqueue/", CLONE_NEWIPC },
                { "kernel/msgmax", CLONE_NEWIPC },
                { "kernel/msgmnb", CLONE_NEWIPC },
                { "kernel/msgmni", CLONE_NEWIPC },
                { "kernel/msg_next_id", CLONE_NEWIPC },
                { "kernel/sem", CLONE_NEWIPC },
                { "kernel/sem_next_id", CLONE_NEWIPC },
                { "kernel/shmall", CLONE_NEWIPC },
                { "kernel/shmmax", CLONE_NEWIPC },
                { "kernel/shmmni", CLONE_NEWIPC },
                { "kernel/shm_next_id", CLONE_NEWIPC },
                { "kernel/shm_rmid_forced", CLONE_NEWIPC },
                { "kernel/hostname", CLONE_NEWUTS },
                { "kernel/domainname", CLONE_NEWUTS },
                { "user/", CLONE_NEWUSER },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
                size_t len = strlen(rules[i].path);

                if (rules[i].path[len - 1] == '/' ? strncmp(path, rules[i].path, len) == 0
                                                  : strcmp(path, rules[i].path) == 0)
                        return rules[i].flag;
        }
        return 0;
}

static int check_sysctl(const char *path, const char *key, unsigned long long own,
                        struct error *err)
{
        unsigned long long needed = sysctl_namespace(path);

        if (!is_plain_path(path) || needed == 0)
                return error_set(err, ERROR_INVALID,
                                 "linux.sysctl: \"%s\" is not a setting of a container but of the "
                                 "whole machine",
                                 key);
        for (size_t i = 0; !(own & needed) && i < ARRAY_SIZE(known); i++)
                if (known[i].flag == needed)
                        return error_set(err, ERROR_INVALID,
                                         "linux.sysctl: \"%s\" needs a %s namespace of the "
                                         "container's own",
                                         key, known[i].type);
        return 0;
}

static int plan_sysctl(struct launch_plan *plan, const json_t *sysctl, unsigned long long own,
                       struct error *err)
{
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)sysctl, key, value) {
                AUTO_FREE char *path = sysctl_path(key);

                if (check_sysctl(path, key, own, err) < 0)
                        return -1;
                strv_addf(&plan->sysctl, "%s=%s", path, json_string_value(value));
        }
        return 0;
}

/* To another value than `same`, which may be NULL. */
static bool sets(const struct strv *list, const char *prefix, const char *same)
{
        size_t len = strlen(prefix);

        for (size_t i = 0; i < list->count; i++)
                if (strncmp(list->items[i], prefix, len) == 0)
                        return !same || strcmp(list->items[i] + len, same) != 0;
        return false;
}

static int plan_names(struct launch_plan *plan, const json_t *spec, unsigned long long own,
                      struct error *err)
{
        const char *hostname = json_get_string(spec, "hostname", "");
        const char *domainname = json_get_string(spec, "domainname", "");

        if ((hostname[0] || domainname[0]) && !(own & CLONE_NEWUTS))
                return error_set(err, ERROR_INVALID,
                                 "%s: a uts namespace is needed, else the host would get the name",
                                 hostname[0] ? "hostname" : "domainname");
        /* Two members for one name; the host name has its own always. */
        if (sets(&plan->sysctl, "kernel/hostname=", NULL) ||
            (domainname[0] && sets(&plan->sysctl, "kernel/domainname=", domainname)))
                return error_set(err, ERROR_INVALID,
                                 "linux.sysctl: %s is what the specification sets it with",
                                 domainname[0] ? "domainname" : "hostname");
        plan->hostname = hostname[0] ? xstrdup(hostname) : NULL;
        plan->domainname = domainname[0] ? xstrdup(domainname) : NULL;
        return 0;
}

int plan_namespaces(struct launch_plan *plan, const json_t *spec, struct error *err)
{
        const json_t *linux_part = json_object_get(spec, "linux");
        unsigned long long own = 0;
        size_t i;
        json_t *entry;

        json_array_foreach (json_object_get(linux_part, "namespaces"), i, entry) {
                if (add_namespace(plan, entry, &own, err) < 0)
                        return -1;
        }
        if (!(own & CLONE_NEWNS))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "linux.namespaces: without \"mount\" the container's mounts would "
                                 "be the host's; add it");
        if (id_ranges_parse(json_object_get(linux_part, "uidMappings"), "linux.uidMappings",
                            &plan->uid_maps, err) < 0 ||
            id_ranges_parse(json_object_get(linux_part, "gidMappings"), "linux.gidMappings",
                            &plan->gid_maps, err) < 0)
                return -1;
        if ((plan->uid_maps.count || plan->gid_maps.count) && !plan->new_user_namespace &&
            !(own & CLONE_NEWUSER))
                return error_set(err, ERROR_INVALID,
                                 "linux.uidMappings: a user namespace is needed for it");
        if (plan_clocks(plan, json_object_get(linux_part, "timeOffsets"), err) < 0 ||
            plan_sysctl(plan, json_object_get(linux_part, "sysctl"), own, err) < 0)
                return -1;
        return plan_names(plan, spec, own, err);
}
