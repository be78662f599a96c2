/* HostConfig and NetworkSettings of kelp inspect, under podman's keys. What kelp has no
 * setting for stands there with the value that holds: zero is no limit. */
#include "cli/container/inspect_host.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/container/inspect_isolation.h"
#include "cli/container/inspect_limits.h"
#include "cli/container/inspect_mounts.h"
#include "cli/output/human.h"
#include "engine/container/external_of.h"
#include "engine/container/log_place.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/restart.h"
#include "engine/network/exposed.h"

#include <string.h>

static const char fixed_host_config[] =
        "{\"CgroupManager\":\"cgroupfs\",\"CgroupMode\":\"private\",\"Cgroup\":\"\","
        "\"Cgroups\":\"default\",\"CgroupParent\":\"\",\"CgroupConf\":null,\"VolumeDriver\":\"\","
        "\"VolumesFrom\":null,\"GroupAdd\":[],\"IpcMode\":\"private\",\"PidMode\":\"private\","
        "\"UTSMode\":\"private\","
        "\"Links\":null,\"OomScoreAdj\":0,\"OomKillDisable\":false,\"Privileged\":false,"
        "\"ShmSize\":65536000,\"Isolation\":\"\",\"ConsoleSize\":[0,0],"
        "\"CpuShares\":0,\"Memory\":0,\"NanoCpus\":0,\"CpuPeriod\":0,\"CpuQuota\":0,"
        "\"CpuRealtimePeriod\":0,\"CpuRealtimeRuntime\":0,\"CpusetCpus\":\"\",\"CpusetMems\":\"\","
        "\"Devices\":[],\"DiskQuota\":0,\"KernelMemory\":0,\"MemoryReservation\":0,"
        "\"MemorySwap\":0,\"MemorySwappiness\":0,\"PidsLimit\":0,\"BlkioWeight\":0,"
        "\"BlkioWeightDevice\":null,\"CpuCount\":0,\"CpuPercent\":0}";

/* Addresses of a network that kelp does not give: slirp4netns is behind the host's. */
static const char fixed_network[] =
        "{\"EndpointID\":\"\",\"Gateway\":\"\",\"IPAddress\":\"\",\"IPPrefixLen\":0,"
        "\"IPv6Gateway\":\"\",\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,"
        "\"MacAddress\":\"\",\"Bridge\":\"\",\"SandboxID\":\"\",\"HairpinMode\":false,"
        "\"LinkLocalIPv6Address\":\"\",\"LinkLocalIPv6PrefixLen\":0,\"SandboxKey\":\"\"}";

static char *port_key(const struct container_port *port)
{
        return xasprintf("%u/%s", port->container_port, port->udp ? "udp" : "tcp");
}

static json_t *ports_json(const struct container_spec *s)
{
        json_t *json = json_object();

        for (size_t i = 0; i < s->port_count; i++) {
                const struct container_port *p = &s->ports[i];
                AUTO_FREE char *key = port_key(p);
                AUTO_FREE char *host = xasprintf("%u", p->host_port);
                json_t *list = json_object_get(json, key), *binding = json_object();

                if (!list) {
                        list = json_array();
                        json_object_set_new(json, key, list);
                }
                json_set_string(binding, "HostIp", p->host_ip[0] ? p->host_ip : "0.0.0.0");
                json_set_string(binding, "HostPort", host);
                json_array_append_new(list, binding);
        }
        return json;
}

/* Set each exposed port that the object has not. */
static void add_exposed(json_t *json, const struct container_spec *spec, json_t *value)
{
        struct exposed_port port = { 0 };

        while (exposed_next(&spec->exposed_ports, &port)) {
                AUTO_FREE char *key = xasprintf("%u/%s", port.number, port.protocol);

                if (!json_object_get(json, key))
                        json_object_set(json, key, value);
        }
        json_decref(value);
}

json_t *inspect_network(const struct container_spec *spec)
{
        json_t *json = json_loads(fixed_network, 0, NULL), *ports = ports_json(spec);

        if (namespaces_own(spec, SHARED_NETWORK))
                add_exposed(ports, spec, json_null());
        json_object_set_new(json, "Ports", ports);
        return json;
}

void inspect_exposed(const struct container_spec *spec, json_t *config)
{
        json_t *json = json_object();

        for (size_t i = 0; i < spec->port_count; i++) {
                AUTO_FREE char *key = port_key(&spec->ports[i]);

                json_object_set_new(json, key, json_object());
        }
        add_exposed(json, spec, json_object());
        if (json_object_size(json))
                json_object_set(config, "ExposedPorts", json);
        json_decref(json);
}

/* Unlimited is -1. */
static void add_ulimit(json_t *array, const char *name, uint64_t soft, uint64_t hard)
{
        AUTO_FREE char *type = xasprintf("RLIMIT_%s", name);
        json_t *limit = json_object();

        json_set_string(limit, "Name", type);
        json_object_set_new(limit, "Soft", json_integer((json_int_t)soft));
        json_object_set_new(limit, "Hard", json_integer((json_int_t)hard));
        json_array_append_new(array, limit);
}

static bool has_ulimit(const struct container_spec *s, const char *name)
{
        for (size_t i = 0; i < s->ulimit_count; i++)
                if (strcmp(s->ulimits[i].name, name) == 0)
                        return true;
        return false;
}

/* What was asked for; of a container that was started also the two that podman shows. */
static json_t *ulimits_json(const struct container_spec *s, const struct container_state *state)
{
        json_t *array = json_array();

        for (size_t i = 0; i < s->ulimit_count; i++)
                add_ulimit(array, s->ulimits[i].name, s->ulimits[i].soft, s->ulimits[i].hard);
        if (state->files.hard && !has_ulimit(s, "NOFILE"))
                add_ulimit(array, "NOFILE", state->files.soft, state->files.hard);
        if (state->processes.hard && !has_ulimit(s, "NPROC"))
                add_ulimit(array, "NPROC", state->processes.soft, state->processes.hard);
        return array;
}

static json_t *log_json(const struct container_spec *spec, const char *path)
{
        AUTO_FREE char *size = human_size_short((uint64_t)spec->log_size, 4);
        json_t *json = json_object();

        json_set_string(json, "Type", spec->log_driver ? spec->log_driver : "k8s-file");
        json_object_set_new(json, "Config", json_null());
        json_set_string(json, "Path", log_driver_of(spec) == LOG_DRIVER_FILE ? path : "");
        json_set_string(json, "Tag", spec->log_tag);
        json_set_string(json, "Size", size);
        return json;
}

/* podman's: what is shared is named, a map of its own is private, the default is nothing. */
static void add_userns(json_t *json, const struct container_spec *s)
{
        bool joined = s->userns && (strncmp(s->userns, "container:", 10) == 0 ||
                                    strncmp(s->userns, "ns:", 3) == 0);
        json_t *maps;

        json_set_string(json, "UsernsMode", joined ? s->userns : s->uid_map.count ? "private" : "");
        if (s->uid_map.count == 0)
                return;
        maps = json_object();
        json_object_set_new(maps, "UidMap", json_from_strv(&s->uid_map));
        json_object_set_new(maps, "GidMap", json_from_strv(&s->gid_map));
        json_object_set_new(json, "IDMappings", maps);
}

static void add_names(json_t *json, const struct container_spec *s)
{
        json_object_set_new(json, "Dns", json_from_strv(&s->dns));
        json_object_set_new(json, "DnsOptions", json_from_strv(&s->dns_options));
        json_object_set_new(json, "DnsSearch", json_from_strv(&s->dns_search));
        json_object_set_new(json, "ExtraHosts", json_from_strv(&s->add_hosts));
}

json_t *inspect_host_config(const struct container *c, const char *log_path)
{
        static const char *const networks[] = { [NETWORK_NONE] = "none",
                                                [NETWORK_HOST] = "host",
                                                [NETWORK_SLIRP4NETNS] = "slirp4netns",
                                                [NETWORK_JOIN] = "" };
        const struct container_spec *s = &c->spec;
        json_t *json = json_loads(fixed_host_config, 0, NULL);

        inspect_add_binds(json, s);
        json_set_string(json, "Runtime", external_of_name(s));
        json_set_string(json, "ContainerIDFile", s->cidfile);
        json_object_set_new(json, "LogConfig", log_json(s, log_path));
        json_set_string(json, "NetworkMode", s->netns ? s->netns : networks[s->network]);
        json_object_set_new(json, "RestartPolicy",
                            json_pack("{s:s, s:i}", "Name", restart_policy_name(s),
                                      "MaximumRetryCount", s->restart_retries));
        json_object_set_new(json, "PortBindings", ports_json(s));
        json_object_set_new(json, "PublishAllPorts", json_boolean(s->publish_all));
        json_object_set_new(json, "AutoRemove", json_boolean(s->auto_remove));
        json_object_set_new(json, "AutoRemoveImage", json_boolean(s->remove_image != NULL));
        json_object_set_new(json, "CapAdd", json_from_strv(&s->cap_add));
        json_object_set_new(json, "CapDrop", json_from_strv(&s->cap_drop));
        json_object_set_new(json, "ReadonlyRootfs", json_boolean(s->read_only));
        json_object_set_new(json, "Init", json_boolean(s->init));
        add_names(json, s);
        add_userns(json, s);
        json_object_set_new(json, "Ulimits", ulimits_json(s, &c->state));
        inspect_limits(s, json);
        inspect_isolation(s, json);
        return json;
}
