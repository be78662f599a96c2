/* linux.resources back under docker's names, as podman's inspect has them. */
#include "cli/container/inspect_limits.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/runtime/cgroup.h"

#include <fcntl.h>
#include <string.h>

#define PERIOD_OF_CPUS 100000 /* then the quota is shown as NanoCpus too */

struct number {
        const char *section, *key; /* of resources */
        const char *shown;
};

static void add_numbers(json_t *host_config, const json_t *resources)
{
        static const struct number numbers[] = {
                { "cpu", "shares", "CpuShares" },
                { "cpu", "period", "CpuPeriod" },
                { "cpu", "quota", "CpuQuota" },
                { "memory", "limit", "Memory" },
                { "memory", "swap", "MemorySwap" },
                { "memory", "reservation", "MemoryReservation" },
                { "pids", "limit", "PidsLimit" },
                { "blockIO", "weight", "BlkioWeight" },
        };
        json_int_t period, quota;

        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
                const json_t *section = json_object_get(resources, numbers[i].section);
                json_t *value = json_object_get(section, numbers[i].key);

                if (value)
                        json_object_set(host_config, numbers[i].shown, value);
        }
        period = json_get_int(host_config, "CpuPeriod", 0);
        quota = json_get_int(host_config, "CpuQuota", 0);
        if (period == PERIOD_OF_CPUS)
                json_object_set_new(host_config, "NanoCpus", json_integer(quota * 10000));
}

/* "/dev/sda" of 8:0: the kernel tells in sysfs. */
static char *device_path(const json_t *entry)
{
        AUTO_FREE char *file = xasprintf("/sys/dev/block/%lld:%lld/uevent",
                                         (long long)json_get_int(entry, "major", 0),
                                         (long long)json_get_int(entry, "minor", 0));
        AUTO_FREE char *text = NULL;
        AUTO(strv) lines = { 0 };
        const char *name;

        if (fd_read_file(AT_FDCWD, file, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return NULL;
        strv_split(&lines, text, '\n');
        name = strv_env_get(&lines, "DEVNAME");
        return name ? xasprintf("/dev/%s", name) : NULL;
}

static json_t *devices(const json_t *list, const char *key, const char *shown)
{
        json_t *array = json_array();
        size_t i;
        json_t *entry;

        json_array_foreach (list, i, entry) {
                AUTO_FREE char *path = device_path(entry);
                json_t *device = json_object();

                json_set_string(device, "Path", path);
                json_object_set(device, shown, json_object_get(entry, key));
                json_array_append_new(array, device);
        }
        return array;
}

static void add_devices(json_t *host_config, const json_t *io)
{
        static const struct {
                const char *list, *key, *shown_list, *shown;
        } kinds[] = {
                { "weightDevice", "weight", "BlkioWeightDevice", "Weight" },
                { "throttleReadBpsDevice", "rate", "BlkioDeviceReadBps", "Rate" },
                { "throttleWriteBpsDevice", "rate", "BlkioDeviceWriteBps", "Rate" },
                { "throttleReadIOPSDevice", "rate", "BlkioDeviceReadIOps", "Rate" },
                { "throttleWriteIOPSDevice", "rate", "BlkioDeviceWriteIOps", "Rate" },
        };

        for (size_t i = 0; io && i < ARRAY_SIZE(kinds); i++)
                json_object_set_new(
                        host_config, kinds[i].shown_list,
                        devices(json_object_get(io, kinds[i].list), kinds[i].key, kinds[i].shown));
}

void inspect_limits(const struct container_spec *spec, json_t *host_config)
{
        const json_t *resources = spec->resources, *cpu = json_object_get(resources, "cpu");
        json_t *unified = json_object_get(resources, "unified");
        bool disabled = spec->cgroups && strcmp(spec->cgroups, "disabled") == 0;

        add_numbers(host_config, resources);
        add_devices(host_config, json_object_get(resources, "blockIO"));
        json_set_string(host_config, "CpusetCpus", json_get_string(cpu, "cpus", ""));
        json_set_string(host_config, "CpusetMems", json_get_string(cpu, "mems", ""));
        if (unified)
                json_object_set(host_config, "CgroupConf", unified);
        json_set_string(host_config, "CgroupManager",
                        cgroup_manager_name(cgroup_manager_choose(getuid())));
        json_set_string(host_config, "CgroupMode", spec->cgroupns ? spec->cgroupns : "private");
        json_set_string(host_config, "Cgroups", disabled ? "disabled" : "default");
        json_set_string(host_config, "CgroupParent", spec->cgroup_parent);
        if (spec->oom_score_adj)
                json_object_set_new(host_config, "OomScoreAdj",
                                    json_integer(atoi(spec->oom_score_adj)));
}
