/* linux.resources -> writes to files of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). See
 * cgroup_limits.h. The order is that of the sections in the specification, `unified` last, so that
 * it overrides (config-linux.md, "Unified").
 */
#include "engine/runtime/cgroup_limits.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include <string.h>

void cgroup_limits_release(struct cgroup_limits *limits)
{
        for (size_t i = 0; i < limits->count; i++) {
                free(limits->items[i].file);
                free(limits->items[i].value);
                free(limits->items[i].other_file);
                free(limits->items[i].other_value);
        }
        free(limits->items);
        *limits = (struct cgroup_limits){ 0 };
}

static struct cgroup_limit *add(struct cgroup_limits *limits, const char *file, char *value)
{
        struct cgroup_limit *limit;

        limits->items = xreallocarray(limits->items, limits->count + 1, sizeof(*limits->items));
        limit = &limits->items[limits->count++];
        *limit = (struct cgroup_limit){ .file = xstrdup(file), .value = value };
        return limit;
}

/* In v1, and so in the specification, -1 is no limit. */
static char *amount(json_int_t value)
{
        return value < 0 ? xstrdup("max") : xasprintf("%lld", (long long)value);
}

static int refuse(struct error *err, const char *what)
{
        error_set(err, ERROR_UNSUPPORTED, "%s cannot be set: cgroup v2 does not have it", what);
        return -1;
}

static int add_swap(struct cgroup_limits *limits, json_int_t limit, json_int_t swap,
                    struct error *err)
{
        if (swap > 0 && limit <= 0)
                return error_set(err, ERROR_INVALID,
                                 "a limit of memory and swap needs a memory limit too");
        if (swap > 0 && swap < limit)
                return error_set(err, ERROR_INVALID,
                                 "the limit of memory and swap is below the memory limit");
        add(limits, "memory.swap.max", amount(swap > 0 ? swap - limit : swap))->lenient = true;
        return 0;
}

static int add_memory(struct cgroup_limits *limits, const json_t *memory, struct error *err)
{
        json_int_t limit = json_get_int(memory, "limit", 0);

        if (json_get_int(memory, "kernel", 0) || json_get_int(memory, "kernelTCP", 0))
                return refuse(err, "a limit of kernel memory");
        if (json_object_get(memory, "swappiness"))
                return refuse(err, "swappiness");
        if (json_get_bool(memory, "disableOOMKiller", false))
                return refuse(err, "disabling the OOM killer");
        if (json_get_bool(memory, "useHierarchy", false))
                return refuse(err, "useHierarchy");
        if (limit != 0)
                add(limits, "memory.max", amount(limit));
        if (json_object_get(memory, "swap") &&
            add_swap(limits, limit, json_get_int(memory, "swap", 0), err) < 0)
                return -1;
        if (json_object_get(memory, "reservation"))
                add(limits, "memory.low", amount(json_get_int(memory, "reservation", 0)));
        limits->check_memory = limit > 0 && json_get_bool(memory, "checkBeforeUpdate", false);
        limits->least_memory = limit;
        return 0;
}

/* The series of the natural logarithm and of the exponential: shared libm is not worth a look-up at
 * every start. */
static double logarithm(double x)
{
        double whole = 0, t, power, sum = 0;

        for (; x >= 2; x /= 2)
                whole++;
        t = (x - 1) / (x + 1);
        power = t;
        for (int k = 1; k < 60; k += 2, power *= t * t)
                sum += power / k;
        return whole * 0.69314718055994530942 + 2 * sum;
}

static double exponential(double x)
{
        double term = 1, sum = 1;

        for (int k = 1; k < 80; k++) {
                term *= x / k;
                sum += term;
        }
        return sum;
}

/* A quadratic curve through smallest, default and largest of both scales: 2 -> 1, 1024 -> 100,
 * 262144 -> 10000; rounded up (crun(1), "CPU controller"). */
uint64_t cgroup_weight_of_shares(uint64_t shares)
{
        double l, power;
        uint64_t weight;

        if (shares == 0)
                return 0;
        if (shares <= 2)
                return 1;
        if (shares >= 262144)
                return 10000;
        l = logarithm((double)shares) / 0.69314718055994530942;
        power = (l * l + 125 * l) / 612 - 7.0 / 34;
        /* What is a whole number but for rounding is one. */
        power = exponential(power * 2.30258509299404568402) - 1e-6;
        weight = (uint64_t)power;
        return power > (double)weight ? weight + 1 : weight;
}

static void add_cpu_max(struct cgroup_limits *limits, json_int_t quota, json_int_t period)
{
        if (quota != 0 && period != 0)
                add(limits, "cpu.max",
                    quota < 0 ? xasprintf("max %lld", (long long)period)
                              : xasprintf("%lld %lld", (long long)quota, (long long)period));
        else if (quota != 0) /* the period stays as it is */
                add(limits, "cpu.max", amount(quota));
        else if (period != 0)
                add(limits, "cpu.max", xasprintf(CGROUP_KEEP " %lld", (long long)period));
}

static int add_cpu(struct cgroup_limits *limits, const json_t *cpu, struct error *err)
{
        const char *cpus = json_get_string(cpu, "cpus", "");
        const char *mems = json_get_string(cpu, "mems", "");
        uint64_t weight = cgroup_weight_of_shares((uint64_t)json_get_int(cpu, "shares", 0));

        if (json_get_int(cpu, "realtimePeriod", 0) || json_get_int(cpu, "realtimeRuntime", 0))
                return refuse(err, "real-time CPU time");
        if (weight)
                add(limits, "cpu.weight", xasprintf("%llu", (unsigned long long)weight));
        add_cpu_max(limits, json_get_int(cpu, "quota", 0), json_get_int(cpu, "period", 0));
        if (json_object_get(cpu, "burst"))
                add(limits, "cpu.max.burst", amount(json_get_int(cpu, "burst", 0)));
        if (json_object_get(cpu, "idle"))
                add(limits, "cpu.idle", amount(json_get_int(cpu, "idle", 0)));
        if (cpus[0])
                add(limits, "cpuset.cpus", xstrdup(cpus));
        if (mems[0])
                add(limits, "cpuset.mems", xstrdup(mems));
        return 0;
}

/* 10 to 1000 of the specification (and of BFQ) -> 1 to 10000 of io.weight. */
static long long io_weight(json_int_t weight)
{
        return 1 + ((long long)weight - 10) * 9999 / 990;
}

static void add_io_weight(struct cgroup_limits *limits, const char *device, json_int_t weight)
{
        struct cgroup_limit *limit =
                add(limits, "io.bfq.weight", xasprintf("%s%lld", device, (long long)weight));

        limit->other_file = xstrdup("io.weight");
        limit->other_value = xasprintf("%s%lld", device, io_weight(weight));
}

static int check_weight(json_int_t weight, struct error *err)
{
        if (weight >= 10 && weight <= 1000)
                return 0;
        return error_set(err, ERROR_INVALID, "block IO weight %lld is not between 10 and 1000",
                         (long long)weight);
}

static int add_io_devices(struct cgroup_limits *limits, const json_t *devices, struct error *err)
{
        size_t i;
        json_t *entry;

        json_array_foreach (devices, i, entry) {
                json_int_t weight = json_get_int(entry, "weight", 0);
                AUTO_FREE char *device =
                        xasprintf("%lld:%lld ", (long long)json_get_int(entry, "major", 0),
                                  (long long)json_get_int(entry, "minor", 0));

                if (json_get_int(entry, "leafWeight", 0))
                        return refuse(err, "a block IO leaf weight");
                if (check_weight(weight, err) < 0)
                        return -1;
                add_io_weight(limits, device, weight);
        }
        return 0;
}

static void add_io_rates(struct cgroup_limits *limits, const json_t *io)
{
        static const char *const kinds[][2] = {
                { "throttleReadBpsDevice", "rbps" },
                { "throttleWriteBpsDevice", "wbps" },
                { "throttleReadIOPSDevice", "riops" },
                { "throttleWriteIOPSDevice", "wiops" },
        };
        size_t i;
        json_t *entry;

        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                json_array_foreach (json_object_get(io, kinds[k][0]), i, entry) {
                        json_int_t rate = json_get_int(entry, "rate", 0);
                        AUTO_FREE char *text = rate > 0 ? amount(rate) : xstrdup("max");

                        add(limits, "io.max",
                            xasprintf("%lld:%lld %s=%s", (long long)json_get_int(entry, "major", 0),
                                      (long long)json_get_int(entry, "minor", 0), kinds[k][1],
                                      text));
                }
        }
}

static int add_io(struct cgroup_limits *limits, const json_t *io, struct error *err)
{
        json_int_t weight = json_get_int(io, "weight", 0);

        if (json_get_int(io, "leafWeight", 0))
                return refuse(err, "a block IO leaf weight");
        if (weight != 0) {
                if (check_weight(weight, err) < 0)
                        return -1;
                add_io_weight(limits, "", weight);
        }
        if (add_io_devices(limits, json_object_get(io, "weightDevice"), err) < 0)
                return -1;
        add_io_rates(limits, io);
        return 0;
}

static bool is_file_name(const char *name)
{
        return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < 128;
}

static int add_hugetlb(struct cgroup_limits *limits, const json_t *list, struct error *err)
{
        size_t i;
        json_t *entry;

        json_array_foreach (list, i, entry) {
                const char *size = json_get_string(entry, "pageSize", "");
                AUTO_FREE char *file = xasprintf("hugetlb.%s.max", size);

                if (!is_file_name(size))
                        return error_set(err, ERROR_INVALID, "huge page size \"%s\" is not one",
                                         size);
                add(limits, file, amount(json_get_int(entry, "limit", -1)));
        }
        return 0;
}

static void add_rdma(struct cgroup_limits *limits, const json_t *rdma)
{
        static const char *const keys[][2] = { { "hcaHandles", "hca_handle" },
                                               { "hcaObjects", "hca_object" } };
        const char *device;
        json_t *entry;

        json_object_foreach ((json_t *)(uintptr_t)rdma, device, entry) {
                AUTO(strbuf) text = { 0 };

                strbuf_adds(&text, device);
                for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
                        if (json_object_get(entry, keys[k][0]))
                                strbuf_addf(&text, " %s=%lld", keys[k][1],
                                            (long long)json_get_int(entry, keys[k][0], 0));
                add(limits, "rdma.max", strbuf_take(&text));
        }
}

/* Each line of a value is a write of its own (io.max takes one device at a time). */
static int add_unified(struct cgroup_limits *limits, const json_t *unified, struct error *err)
{
        const char *file;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)unified, file, value) {
                AUTO(strv) lines = { 0 };

                if (!is_file_name(file) || !strchr(file, '.'))
                        return error_set(err, ERROR_INVALID, "\"%s\" is not a file of a cgroup",
                                         file);
                if (!json_is_string(value))
                        return error_set(err, ERROR_INVALID, "the value of %s is not a string",
                                         file);
                strv_split(&lines, json_string_value(value), '\n');
                for (size_t i = 0; i < lines.count; i++)
                        if (lines.items[i][0])
                                add(limits, file, xstrdup(lines.items[i]));
        }
        return 0;
}

static int add_all(struct cgroup_limits *limits, const json_t *resources, struct error *err)
{
        json_int_t pids = json_get_int(json_object_get(resources, "pids"), "limit", 0);

        if (json_object_size(json_object_get(resources, "network")))
                return refuse(err, "a class or priority of network packets");
        if (add_memory(limits, json_object_get(resources, "memory"), err) < 0 ||
            add_cpu(limits, json_object_get(resources, "cpu"), err) < 0)
                return -1;
        if (pids != 0)
                add(limits, "pids.max", amount(pids));
        if (add_io(limits, json_object_get(resources, "blockIO"), err) < 0 ||
            add_hugetlb(limits, json_object_get(resources, "hugepageLimits"), err) < 0)
                return -1;
        add_rdma(limits, json_object_get(resources, "rdma"));
        return add_unified(limits, json_object_get(resources, "unified"), err);
}

int cgroup_limits_make(const json_t *resources, struct cgroup_limits *limits_out, struct error *err)
{
        AUTO(cgroup_limits) limits = { 0 };

        if (add_all(&limits, resources, err) < 0)
                return -1;
        *limits_out = limits;
        limits = (struct cgroup_limits){ 0 };
        return 0;
}

char *cgroup_controller_of(const char *file)
{
        size_t len = strcspn(file, ".");

        return len == 6 && strncmp(file, "cgroup", len) == 0 ? xstrdup("") : xstrndup(file, len);
}

void cgroup_limits_controllers(const struct cgroup_limits *limits, struct strv *names)
{
        for (size_t i = 0; i < limits->count; i++) {
                AUTO_FREE char *name = cgroup_controller_of(limits->items[i].file);

                if (name[0] && !strv_contains(names, name))
                        strv_add(names, name);
        }
}
