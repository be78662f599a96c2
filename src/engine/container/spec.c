/* The container spec as JSON and back: one table names each plain member, so that both directions
 * agree by themselves. */
#include "engine/container/spec.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/secrets.h"
#include "engine/container/spec_mounts.h"

#include <stddef.h>
#include <string.h>

enum member_type { TEXT, LIST, FLAG, NUMBER, TIME };

struct member {
        const char *key;
        enum member_type type;
        size_t offset;
};

#define MEMBER(type, name)                                                                         \
        {                                                                                          \
#name, type, offsetof(struct container_spec, name)                                 \
        }

static const struct member members[] = {
        MEMBER(TEXT, name),
        MEMBER(TEXT, image_name),
        MEMBER(TEXT, image_id),
        MEMBER(TEXT, builder),
        MEMBER(TEXT, image_digest),
        MEMBER(TEXT, manager),
        MEMBER(TEXT, rootfs),
        MEMBER(FLAG, rootfs_overlay),
        MEMBER(TEXT, platform),
        MEMBER(TIME, created_ns),
        MEMBER(LIST, args),
        MEMBER(LIST, entrypoint),
        MEMBER(LIST, command),
        MEMBER(LIST, env),
        MEMBER(TEXT, workdir),
        MEMBER(FLAG, workdir_create),
        MEMBER(TEXT, user),
        MEMBER(TEXT, hostname),
        MEMBER(LIST, labels),
        MEMBER(FLAG, terminal),
        MEMBER(FLAG, interactive),
        MEMBER(LIST, attach),
        MEMBER(FLAG, init),
        MEMBER(FLAG, auto_remove),
        MEMBER(TEXT, remove_image),
        MEMBER(LIST, requires),
        MEMBER(FLAG, read_only),
        MEMBER(FLAG, no_new_privileges),
        MEMBER(TEXT, stop_signal),
        MEMBER(NUMBER, stop_timeout),
        MEMBER(NUMBER, timeout),
        MEMBER(TEXT, detach_keys),
        MEMBER(LIST, cap_add),
        MEMBER(LIST, cap_drop),
        MEMBER(TEXT, default_capabilities),
        MEMBER(TEXT, seccomp),
        MEMBER(LIST, volumes_from),
        MEMBER(FLAG, env_host),
        MEMBER(FLAG, no_http_proxy),
        MEMBER(LIST, env_merge),
        MEMBER(LIST, unset_env),
        MEMBER(FLAG, unset_env_all),
        MEMBER(LIST, add_hosts),
        MEMBER(FLAG, no_hosts),
        MEMBER(TEXT, hosts_file),
        MEMBER(LIST, dns),
        MEMBER(LIST, dns_search),
        MEMBER(LIST, dns_options),
        MEMBER(LIST, network_options),
        MEMBER(TEXT, userns),
        MEMBER(LIST, uid_map),
        MEMBER(LIST, gid_map),
        MEMBER(TEXT, storage_driver),
        MEMBER(TEXT, pidfile),
        MEMBER(TEXT, cidfile),
        MEMBER(LIST, exposed_ports),
        MEMBER(FLAG, publish_all),
        MEMBER(LIST, layers),
        MEMBER(TEXT, mapping),
        MEMBER(TEXT, cgroups),
        MEMBER(TEXT, cgroup_parent),
        MEMBER(TEXT, cgroupns),
        MEMBER(TEXT, oom_score_adj),
        MEMBER(TEXT, pidns),
        MEMBER(TEXT, ipcns),
        MEMBER(TEXT, utsns),
        MEMBER(TEXT, netns),
        MEMBER(FLAG, privileged),
        MEMBER(LIST, devices),
        MEMBER(LIST, group_add),
        MEMBER(LIST, mask),
        MEMBER(LIST, unmask),
        MEMBER(LIST, proc_options),
        MEMBER(FLAG, label_disabled),
        MEMBER(TEXT, apparmor),
        MEMBER(TEXT, shm_size),
        MEMBER(FLAG, read_only_fully),
        MEMBER(TEXT, systemd),
        MEMBER(FLAG, systemd_mode),
        MEMBER(TEXT, systemd_tmpfs_size),
        MEMBER(TEXT, umask),
        MEMBER(TEXT, init_path),
        MEMBER(LIST, host_users),
        MEMBER(FLAG, no_passwd),
        MEMBER(TEXT, passwd_entry),
        MEMBER(TEXT, group_entry),
        MEMBER(TEXT, domainname),
        MEMBER(TEXT, personality),
        MEMBER(LIST, annotations),
        MEMBER(FLAG, no_hostname),
        MEMBER(TEXT, timezone),
        MEMBER(LIST, chroot_dirs),
        MEMBER(LIST, sysctls),
        MEMBER(FLAG, no_default_sysctl),
        MEMBER(TEXT, runtime),
        MEMBER(TEXT, runtime_path),
        MEMBER(LIST, runtime_flags),
        MEMBER(TEXT, pod),
        MEMBER(FLAG, infra),
        MEMBER(FLAG, ends_pod),
        MEMBER(TEXT, log_driver),
        MEMBER(TEXT, log_path),
        MEMBER(TEXT, log_tag),
        MEMBER(LIST, log_labels),
        MEMBER(TIME, log_size),
        MEMBER(TEXT, sdnotify),
        MEMBER(TEXT, notify_socket),
        MEMBER(TEXT, restart_policy),
        MEMBER(NUMBER, restart_retries),
};

static const char *const network_words[] = {
        [NETWORK_NONE] = "none",
        [NETWORK_HOST] = "host",
        [NETWORK_SLIRP4NETNS] = "slirp4netns",
        [NETWORK_JOIN] = "join",
};

void ports_release(struct container_port *ports, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(ports[i].host_ip);
        free(ports);
}

void container_spec_release(struct container_spec *spec)
{
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                void *at = (char *)spec + members[i].offset;

                if (members[i].type == TEXT)
                        free(*(char **)at);
                else if (members[i].type == LIST)
                        strv_release(at);
        }
        for (size_t i = 0; i < spec->mount_count; i++)
                container_mount_release(&spec->mounts[i]);
        for (size_t i = 0; i < spec->secret_count; i++)
                container_secret_release(&spec->secrets[i]);
        free(spec->secrets);
        for (size_t i = 0; i < spec->ulimit_count; i++)
                free(spec->ulimits[i].name);
        ports_release(spec->ports, spec->port_count);
        json_decref(spec->resources);
        json_decref(spec->health);
        free(spec->mounts);
        free(spec->ulimits);
        *spec = (struct container_spec){ 0 };
}

static void store_member(json_t *json, const struct container_spec *spec, const struct member *m)
{
        const void *at = (const char *)spec + m->offset;

        switch (m->type) {
        case TEXT:
                if (*(char *const *)at)
                        json_set_string(json, m->key, *(char *const *)at);
                break;
        case LIST:
                if (((const struct strv *)at)->count)
                        json_object_set_new(json, m->key, json_from_strv(at));
                break;
        case FLAG:
                if (*(const bool *)at)
                        json_object_set_new(json, m->key, json_true());
                break;
        case NUMBER:
                json_object_set_new(json, m->key, json_integer(*(const int *)at));
                break;
        case TIME:
                json_object_set_new(json, m->key, json_integer(*(const int64_t *)at));
                break;
        }
}

static void load_member(const json_t *json, struct container_spec *spec, const struct member *m)
{
        void *at = (char *)spec + m->offset;

        switch (m->type) {
        case TEXT:
                *(char **)at = xstrdup(json_get_string(json, m->key, NULL));
                break;
        case LIST:
                json_to_strv(json_object_get(json, m->key), at);
                break;
        case FLAG:
                *(bool *)at = json_get_bool(json, m->key, false);
                break;
        case NUMBER:
                *(int *)at = (int)json_get_int(json, m->key, 0);
                break;
        case TIME:
                *(int64_t *)at = json_get_int(json, m->key, 0);
                break;
        }
}

static json_t *ulimits_to_json(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->ulimit_count; i++)
                json_array_append_new(array,
                                      json_pack("{s:s, s:I, s:I}", "name", spec->ulimits[i].name,
                                                "soft", (json_int_t)spec->ulimits[i].soft, "hard",
                                                (json_int_t)spec->ulimits[i].hard));
        return array;
}

static void ulimits_from_json(const json_t *array, struct container_spec *spec)
{
        size_t i;
        json_t *entry;

        spec->ulimits = xcalloc(json_array_size(array), sizeof(*spec->ulimits));
        json_array_foreach (array, i, entry) {
                spec->ulimits[spec->ulimit_count++] = (struct container_ulimit){
                        .name = xstrdup(json_get_string(entry, "name", "")),
                        .soft = (uint64_t)json_get_int(entry, "soft", -1),
                        .hard = (uint64_t)json_get_int(entry, "hard", -1),
                };
        }
}

static json_t *ports_to_json(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->port_count; i++) {
                const struct container_port *port = &spec->ports[i];

                json_array_append_new(array,
                                      json_pack("{s:s, s:i, s:i, s:b}", "host_ip", port->host_ip,
                                                "host_port", port->host_port, "container_port",
                                                port->container_port, "udp", port->udp));
        }
        return array;
}

static void ports_from_json(const json_t *array, struct container_spec *spec)
{
        size_t i;
        json_t *entry;

        spec->ports = xcalloc(json_array_size(array), sizeof(*spec->ports));
        json_array_foreach (array, i, entry) {
                spec->ports[spec->port_count++] = (struct container_port){
                        .host_ip = xstrdup(json_get_string(entry, "host_ip", "")),
                        .host_port = (uint16_t)json_get_int(entry, "host_port", 0),
                        .container_port = (uint16_t)json_get_int(entry, "container_port", 0),
                        .udp = json_get_bool(entry, "udp", false),
                };
        }
}

json_t *container_spec_to_json(const struct container_spec *spec)
{
        json_t *json = json_object();

        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
                store_member(json, spec, &members[i]);
        json_set_string(json, "network", network_words[spec->network]);
        if (spec->resources)
                json_object_set(json, "resources", spec->resources);
        if (spec->health)
                json_object_set(json, "health", spec->health);
        if (spec->mount_count)
                json_object_set_new(json, "mounts", container_mounts_to_json(spec));
        if (spec->secret_count)
                json_object_set_new(json, "secrets", container_secrets_to_json(spec));
        if (spec->ulimit_count)
                json_object_set_new(json, "ulimits", ulimits_to_json(spec));
        if (spec->port_count)
                json_object_set_new(json, "ports", ports_to_json(spec));
        return json;
}

int container_spec_from_json(const json_t *json, struct container_spec *spec_out, struct error *err)
{
        const char *network = json_get_string(json, "network", "");
        struct container_spec spec = { 0 };
        size_t word;

        for (word = 0; word < ARRAY_SIZE(network_words); word++)
                if (strcmp(network_words[word], network) == 0)
                        break;
        if (!json_is_object(json) || word == ARRAY_SIZE(network_words))
                return error_set(err, ERROR_INVALID, "the container's spec is damaged");
        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
                load_member(json, &spec, &members[i]);
        spec.network = (enum network_mode)word;
        spec.resources = json_incref(json_object_get(json, "resources"));
        spec.health = json_incref(json_object_get(json, "health"));
        container_mounts_from_json(json_object_get(json, "mounts"), &spec);
        container_secrets_from_json(json_object_get(json, "secrets"), &spec);
        ulimits_from_json(json_object_get(json, "ulimits"), &spec);
        ports_from_json(json_object_get(json, "ports"), &spec);
        *spec_out = spec;
        return 0;
}
