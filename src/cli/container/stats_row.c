/* Numbers of a container for people, under podman's names. See stats_row.h. */
#include "cli/container/stats_row.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/output/human.h"

#include <string.h>
#include <sys/sysinfo.h>

#define ID_SHOWN 12

const struct template_heading stats_headings[] = {
        { "UpTime", "CPU TIME" },
        { "CPUPerc", "CPU %" },
        { "AVGCPU", "AVG CPU %" },
        { "MemUsage", "MEM USAGE / LIMIT" },
        { "MemUsageBytes", "MEM USAGE / LIMIT" },
        { "MemPerc", "MEM %" },
        { "NetIO", "NET IO" },
        { "BlockIO", "BLOCK IO" },
        { "PIDS", "PIDS" },
        { 0 },
};

static void take_string(json_t *json, const char *key, char *value)
{
        json_set_string(json, key, value);
        free(value);
}

static void set_number(json_t *json, const char *key, uint64_t value)
{
        json_object_set_new(json, key, json_integer((json_int_t)value));
}

static void set_percent(json_t *json, const char *text_key, const char *number_key, double value)
{
        take_string(json, text_key, xasprintf("%.2f%%", value));
        json_object_set_new(json, number_key, json_real(value));
}

static void set_sizes(json_t *json, const char *key, uint64_t a, uint64_t b)
{
        AUTO_FREE char *first = human_size_short(a, 4), *second = human_size_short(b, 4);

        take_string(json, key, xasprintf("%s / %s", first, second));
}

/* Go's units.BytesSize: powers of 1024. */
static char *binary_size(uint64_t bytes)
{
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        double value = (double)bytes;
        size_t unit = 0;

        for (; value >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
                value /= 1024;
        return xasprintf("%.4g%s", value, units[unit]);
}

/* In per cent of one CPU. */
static double cpu_percent(uint64_t used_us, uint64_t used_before_us, int64_t from_ns, int64_t to_ns)
{
        if (to_ns <= from_ns || used_us <= used_before_us)
                return 0;
        return (double)(used_us - used_before_us) * 1000 / (double)(to_ns - from_ns) * 100;
}

static void add_cpu(json_t *row, const struct container *c, const struct stats_pair *pair)
{
        const struct container_sample *now = &pair->now, *before = &pair->before;
        bool restarted = before->taken_ns < c->state.started_ns;
        int64_t from = restarted ? c->state.started_ns : before->taken_ns;
        uint64_t used_before = restarted ? 0 : before->cgroup.cpu_us;

        set_percent(row, "CPUPerc", "CPU",
                    cpu_percent(now->cgroup.cpu_us, used_before, from, now->taken_ns));
        set_percent(row, "AVGCPU", "AvgCPU",
                    cpu_percent(now->cgroup.cpu_us, 0, c->state.started_ns, now->taken_ns));
        set_number(row, "CPUNano", now->cgroup.cpu_us * 1000);
        set_number(row, "CPUSystemNano", now->cgroup.cpu_system_us * 1000);
        set_number(row, "SystemNano", (uint64_t)now->taken_ns);
        set_number(row, "Duration", now->cgroup.cpu_us * 1000);
        take_string(row, "UpTime", human_go_duration((int64_t)now->cgroup.cpu_us * 1000));
        take_string(row, "Up", human_go_duration((int64_t)now->cgroup.cpu_us * 1000));
}

/* No limit is all the memory of the machine. */
static uint64_t memory_limit(const struct container_sample *now)
{
        struct sysinfo memory = { 0 };
        uint64_t all;

        (void)sysinfo(&memory);
        all = (uint64_t)memory.totalram * memory.mem_unit;
        if (now->taken_ns == 0)
                return 0;
        return now->cgroup.memory_max < all ? now->cgroup.memory_max : all;
}

static void add_memory(json_t *row, const struct container_sample *now)
{
        uint64_t used = now->memory_use, limit = memory_limit(now);
        AUTO_FREE char *used_text = binary_size(used), *limit_text = binary_size(limit);

        set_sizes(row, "MemUsage", used, limit);
        take_string(row, "MemUsageBytes", xasprintf("%s / %s", used_text, limit_text));
        take_string(row, "MemPerc",
                    xasprintf("%.2f%%", limit ? (double)used / (double)limit * 100 : 0.0));
        set_number(row, "MemLimit", limit);
}

static json_t *device_json(const struct network_device *device)
{
        json_t *json = json_object();

        set_number(json, "RxBytes", device->rx_bytes);
        set_number(json, "RxPackets", device->rx_packets);
        set_number(json, "RxErrors", device->rx_errors);
        set_number(json, "RxDropped", device->rx_dropped);
        set_number(json, "TxBytes", device->tx_bytes);
        set_number(json, "TxPackets", device->tx_packets);
        set_number(json, "TxErrors", device->tx_errors);
        set_number(json, "TxDropped", device->tx_dropped);
        return json;
}

static void add_network(json_t *row, const struct container_sample *now)
{
        json_t *devices = json_object();
        uint64_t in = 0, out = 0;

        for (size_t i = 0; i < now->network_count; i++) {
                in += now->network[i].rx_bytes;
                out += now->network[i].tx_bytes;
                json_object_set_new(devices, now->network[i].name, device_json(&now->network[i]));
        }
        set_sizes(row, "NetIO", in, out);
        json_object_set_new(row, "Network", devices);
}

static void add_blocks(json_t *row, const struct container_sample *now)
{
        uint64_t in = 0, out = 0;

        for (size_t i = 0; i < now->cgroup.io_count; i++) {
                in += now->cgroup.io[i].read_bytes;
                out += now->cgroup.io[i].write_bytes;
        }
        set_sizes(row, "BlockIO", in, out);
        set_number(row, "BlockInput", in);
        set_number(row, "BlockOutput", out);
}

json_t *stats_row(const struct container *c, const struct stats_pair *pair, bool whole)
{
        json_t *row = json_object();

        take_string(row, "ID", xasprintf("%.*s", whole ? CONTAINER_ID_LEN : ID_SHOWN, c->id));
        json_set_string(row, "ContainerID", c->id);
        json_set_string(row, "Name", c->spec.name);
        add_cpu(row, c, pair);
        add_memory(row, &pair->now);
        add_network(row, &pair->now);
        add_blocks(row, &pair->now);
        take_string(row, "PIDS", xasprintf("%llu", (unsigned long long)pair->now.processes));
        set_number(row, "PIDs", pair->now.processes);
        return row;
}

json_t *stats_row_json(const json_t *row)
{
        static const char *const names[][2] = {
                { "id", "ID" },
                { "name", "Name" },
                { "cpu_time", "UpTime" },
                { "cpu_percent", "CPUPerc" },
                { "avg_cpu", "AVGCPU" },
                { "mem_usage", "MemUsage" },
                { "mem_percent", "MemPerc" },
                { "net_io", "NetIO" },
                { "block_io", "BlockIO" },
                { "pids", "PIDS" },
        };
        json_t *json = json_object();

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                json_object_set(json, names[i][0], json_object_get(row, names[i][1]));
        return json;
}
