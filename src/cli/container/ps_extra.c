/* Sizes and namespaces of containers. See ps_extra.h. */
#include "cli/container/ps_extra.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/output/human.h"
#include "engine/pod/pod.h"

#include <string.h>
#include <unistd.h>

void ps_extra_size(json_t *row, uint64_t written, uint64_t whole, bool for_people)
{
        AUTO_FREE char *written_text = human_size_short(written, 3);
        AUTO_FREE char *whole_text = human_size_short(whole, 3);
        AUTO_FREE char *text = xasprintf("%s (virtual %s)", written_text, whole_text);

        if (for_people)
                json_set_string(row, "Size", text);
        else
                json_object_set_new(row, "Size",
                                    json_pack("{s:I, s:I}", "rootFsSize", (json_int_t)whole,
                                              "rwSize", (json_int_t)written));
}

void ps_extra_pod(json_t *row, const struct store *store, const struct container *c, bool whole,
                  bool for_people)
{
        AUTO_FREE char *id = NULL;
        struct pod pod = { 0 };

        if (!c->spec.pod)
                return;
        id = xasprintf("%.*s", whole || !for_people ? OBJECT_ID_LEN : 12, c->spec.pod);
        json_set_string(row, "Pod", id);
        if (pod_lookup(store, c->spec.pod, &pod, NULL) == 0)
                json_set_string(row, "PodName", pod.spec.name);
        pod_release(&pod);
}

static void copy_ports(struct container_spec *to, const struct container_spec *from)
{
        to->ports = xcalloc(from->port_count, sizeof(*to->ports));
        for (size_t i = 0; i < from->port_count; i++) {
                to->ports[i] = from->ports[i];
                to->ports[i].host_ip = xstrdup(from->ports[i].host_ip);
        }
        to->port_count = from->port_count;
}

bool ps_extra_share_ports(const struct store *store, struct container *c)
{
        static const char prefix[] = "container:";
        struct container other = CONTAINER_EMPTY;

        if (!c->spec.netns || strncmp(c->spec.netns, prefix, strlen(prefix)) != 0)
                return false;
        if (c->spec.port_count == 0 &&
            container_load(store, c->spec.netns + strlen(prefix), &other, NULL) == 0 &&
            other.spec.port_count)
                copy_ports(&c->spec, &other.spec);
        container_release(&other);
        return true;
}

/* "net:[4026531840]" -> "4026531840" */
static void add_namespace(json_t *json, const char *key, const struct container *c,
                          const char *name)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/ns/%s", (int)c->state.pid, name);
        char link[64] = "", *number;
        ssize_t len = -1;

        if (c->state.status == CONTAINER_RUNNING)
                len = readlink(path, link, sizeof(link) - 1);
        link[len > 0 ? len : 0] = '\0';
        number = strchr(link, '[');
        if (number)
                number[strcspn(number, "]")] = '\0';
        json_set_string(json, key, number ? number + 1 : "");
}

void ps_extra_namespaces(json_t *row, const struct container *c, bool for_people)
{
        static const struct {
                const char *key, *json_key, *name;
        } kinds[] = {
                { "Cgroup", "Cgroup", "cgroup" }, { "IPC", "Ipc", "ipc" },
                { "MNT", "Mnt", "mnt" },          { "NET", "Net", "net" },
                { "PIDNS", "Pidns", "pid" },      { "User", "User", "user" },
                { "UTS", "Uts", "uts" },
        };
        json_t *all = json_object();

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                const char *key = for_people ? kinds[i].key : kinds[i].json_key;

                add_namespace(all, key, c, kinds[i].name);
                if (for_people)
                        json_object_set(row, key, json_object_get(all, key));
        }
        json_object_set_new(row, "Namespaces", all);
}
