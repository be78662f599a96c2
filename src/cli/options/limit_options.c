/* Limits on the command line -> linux.resources of the runtime specification, which is what the
 * spec keeps: the way of `podman run` (its units, its defaults: swap is twice the memory, a period
 * of 100 ms).
 */
#include "cli/options/limit_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/runtime/cgroup_limits.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PERIOD_DEFAULT 100000 /* microseconds */
#define CPUS_MAX       1e6

int limit_parse_bytes(const char *option, const char *text, int64_t *bytes_out, struct error *err)
{
        static const char letters[] = "kmgtp";
        char *end;
        double value = strtod(text, &end);
        const char *letter = *end ? strchr(letters, tolower((unsigned char)*end)) : NULL;

        if (letter) {
                end++;
                if (*end == 'i' || *end == 'I')
                        end++;
                for (const char *l = letters; l <= letter; l++)
                        value *= 1024;
        }
        if (end != text && (*end == 'b' || *end == 'B'))
                end++;
        /* strtod(3) takes more than decimal digits. */
        if (!isdigit((unsigned char)text[0]) || *end || value > 9e18 ||
            text[strspn(text, "0123456789.kKmMgGtTpPiIbB")])
                return error_set(err, ERROR_USAGE,
                                 "invalid value for %s: \"%s\" is not a size, such as 512m or 2g",
                                 option, text);
        *bytes_out = (int64_t)value;
        return 0;
}

/* The section of resources, made when it is first needed. */
static json_t *section(json_t *resources, const char *name)
{
        json_t *json = json_object_get(resources, name);

        if (!json) {
                json = json_object();
                json_object_set_new(resources, name, json);
        }
        return json;
}

static void set_number(json_t *resources, const char *name, const char *key, int64_t value)
{
        json_object_set_new(section(resources, name), key, json_integer(value));
}

static int fill_memory(const struct limit_args *args, json_t *resources, struct error *err)
{
        int64_t bytes;

        if (args->memory) {
                if (limit_parse_bytes("memory", args->memory, &bytes, err) < 0)
                        return -1;
                if (bytes > 0)
                        set_number(resources, "memory", "limit", bytes);
                if (bytes > 0 && !args->memory_swap)
                        set_number(resources, "memory", "swap",
                                   bytes > INT64_MAX / 2 ? INT64_MAX : 2 * bytes);
        }
        if (args->memory_reservation) {
                if (limit_parse_bytes("memory-reservation", args->memory_reservation, &bytes, err) <
                    0)
                        return -1;
                set_number(resources, "memory", "reservation", bytes);
        }
        if (args->memory_swap) {
                bytes = -1; /* said, so that kelp update takes an older limit away */
                if (strcmp(args->memory_swap, "-1") != 0 &&
                    limit_parse_bytes("memory-swap", args->memory_swap, &bytes, err) < 0)
                        return -1;
                set_number(resources, "memory", "swap", bytes);
        }
        return 0;
}

static int fill_cpus(const struct limit_args *args, json_t *resources, struct error *err)
{
        char *end;
        double cpus = args->cpus ? strtod(args->cpus, &end) : 0;

        if (!args->cpus)
                return 0;
        if (!args->cpus[0] || *end || !(cpus >= 0) || cpus > CPUS_MAX)
                return error_set(err, ERROR_USAGE,
                                 "invalid value for --cpus: \"%s\" is not a number of CPUs",
                                 args->cpus);
        if (args->cpu_period.set || args->cpu_quota.set)
                return error_set(err, ERROR_USAGE, "--cpu-%s and --cpus cannot be set together",
                                 args->cpu_period.set ? "period" : "quota");
        if (cpus > 0) {
                set_number(resources, "cpu", "period", PERIOD_DEFAULT);
                set_number(resources, "cpu", "quota", (int64_t)(cpus * PERIOD_DEFAULT));
        }
        return 0;
}

static int check_list(const char *option, const char *text, struct error *err)
{
        if (text && text[strspn(text, "0123456789,-")])
                return error_set(err, ERROR_USAGE,
                                 "invalid value for --%s: \"%s\" is not a list such as 0-3,7",
                                 option, text);
        return 0;
}

static int fill_cpu(const struct limit_args *args, json_t *resources, struct error *err)
{
        if (fill_cpus(args, resources, err) < 0 ||
            check_list("cpuset-cpus", args->cpuset_cpus, err) < 0 ||
            check_list("cpuset-mems", args->cpuset_mems, err) < 0)
                return -1;
        if (args->cpu_shares.value < 0 || args->cpu_period.value < 0)
                return error_set(err, ERROR_USAGE, "--cpu-%s cannot be negative",
                                 args->cpu_shares.value < 0 ? "shares" : "period");
        if (args->cpu_shares.value > 0)
                set_number(resources, "cpu", "shares", args->cpu_shares.value);
        if (args->cpu_period.value > 0)
                set_number(resources, "cpu", "period", args->cpu_period.value);
        if (args->cpu_quota.value != 0) /* negative: no limit */
                set_number(resources, "cpu", "quota", args->cpu_quota.value);
        if (args->cpuset_cpus && args->cpuset_cpus[0])
                json_set_string(section(resources, "cpu"), "cpus", args->cpuset_cpus);
        if (args->cpuset_mems && args->cpuset_mems[0])
                json_set_string(section(resources, "cpu"), "mems", args->cpuset_mems);
        return 0;
}

/* "DEVICE:VALUE" -> the device's numbers and the text behind the last colon. */
static int split_device(const char *option, const char *text, json_t **entry_out,
                        const char **value_out, struct error *err)
{
        const char *colon = strrchr(text, ':');
        AUTO_FREE char *path = colon ? xstrndup(text, (size_t)(colon - text)) : NULL;
        struct stat st;

        if (!path || path[0] != '/')
                return error_set(err, ERROR_USAGE,
                                 "--%s: \"%s\" is not of the form /dev/NAME:VALUE", option, text);
        if (stat(path, &st) < 0)
                return error_sys(err, errno, "--%s: %s", option, path);
        if (!S_ISBLK(st.st_mode))
                return error_set(err, ERROR_USAGE, "--%s: %s is not a block device", option, path);
        *entry_out = json_pack("{s:I, s:I}", "major", (json_int_t)major(st.st_rdev), "minor",
                               (json_int_t)minor(st.st_rdev));
        *value_out = colon + 1;
        return 0;
}

static int parse_count(const char *option, const char *text, int64_t *out, struct error *err)
{
        char *end;
        unsigned long long value = strtoull(text, &end, 10);

        if (!isdigit((unsigned char)text[0]) || *end || value > INT64_MAX)
                return error_set(err, ERROR_USAGE, "--%s: \"%s\" is not a number", option, text);
        *out = (int64_t)value;
        return 0;
}

struct device_option {
        const char *name;
        const struct strv *values;
        const char *list, *key; /* of blockIO */
        bool bytes;
};

static int fill_device(const struct device_option *option, const char *text, json_t *io,
                       struct error *err)
{
        json_t *entry = NULL, *list = json_object_get(io, option->list);
        const char *value = "";
        int64_t number;

        if (split_device(option->name, text, &entry, &value, err) < 0)
                return -1;
        if ((option->bytes ? limit_parse_bytes(option->name, value, &number, err)
                           : parse_count(option->name, value, &number, err)) < 0) {
                json_decref(entry);
                return -1;
        }
        json_object_set_new(entry, option->key, json_integer(number));
        if (!list) {
                list = json_array();
                json_object_set_new(io, option->list, list);
        }
        json_array_append_new(list, entry);
        return 0;
}

static int fill_io(const struct limit_args *args, json_t *resources, struct error *err)
{
        const struct device_option options[] = {
                { "blkio-weight-device", &args->blkio_weight_device, "weightDevice", "weight",
                  false },
                { "device-read-bps", &args->read_bps, "throttleReadBpsDevice", "rate", true },
                { "device-write-bps", &args->write_bps, "throttleWriteBpsDevice", "rate", true },
                { "device-read-iops", &args->read_iops, "throttleReadIOPSDevice", "rate", false },
                { "device-write-iops", &args->write_iops, "throttleWriteIOPSDevice", "rate",
                  false },
        };
        int64_t weight;

        if (args->blkio_weight) {
                if (parse_count("blkio-weight", args->blkio_weight, &weight, err) < 0)
                        return -1;
                set_number(resources, "blockIO", "weight", weight);
        }
        for (size_t k = 0; k < ARRAY_SIZE(options); k++)
                for (size_t i = 0; i < options[k].values->count; i++)
                        if (fill_device(&options[k], options[k].values->items[i],
                                        section(resources, "blockIO"), err) < 0)
                                return -1;
        return 0;
}

static int fill_conf(const struct limit_args *args, json_t *resources, struct error *err)
{
        for (size_t i = 0; i < args->conf.count; i++) {
                const char *item = args->conf.items[i], *equals = strchr(item, '=');
                AUTO_FREE char *key = xstrndup(item, equals ? (size_t)(equals - item) : 0);

                if (!equals || !key[0])
                        return error_set(err, ERROR_USAGE,
                                         "--cgroup-conf must be formatted KEY=VALUE");
                json_set_string(section(resources, "unified"), key, equals + 1);
        }
        return 0;
}

static int fill_resources(const struct limit_args *args, struct container_spec *spec,
                          struct error *err)
{
        AUTO_JSON json_t *resources = json_object();
        AUTO(cgroup_limits) limits = { 0 };

        if (fill_memory(args, resources, err) < 0 || fill_cpu(args, resources, err) < 0 ||
            fill_io(args, resources, err) < 0 || fill_conf(args, resources, err) < 0)
                return -1;
        if (args->pids.set && args->pids.value != 0)
                set_number(resources, "pids", "limit", args->pids.value);
        /* What makes no sense is said here, not when the container is started. */
        if (json_object_size(resources) == 0)
                return 0;
        if (cgroup_limits_make(resources, &limits, err) < 0)
                return -1;
        spec->resources = take_ptr(resources);
        return 0;
}

static int fill_cgroups(const struct limit_args *args, struct container_spec *spec,
                        struct error *err)
{
        static const char *const modes[] = { "enabled", "disabled", "no-conmon", "split" };
        const char *mode = args->cgroups ? args->cgroups : "enabled";
        bool known = false, disabled = strcmp(mode, "disabled") == 0;

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
                known = known || strcmp(modes[i], mode) == 0;
        if (!known)
                return error_set(err, ERROR_USAGE,
                                 "--cgroups=%s is none of enabled, disabled, no-conmon, split",
                                 mode);
        if (args->cgroup_parent && (disabled || strcmp(mode, "split") == 0))
                return error_set(err, ERROR_USAGE,
                                 "--cgroup-parent cannot be set together with --cgroups=%s", mode);
        if (disabled && spec->resources)
                return error_set(err, ERROR_USAGE,
                                 "limits cannot be set together with --cgroups=disabled");
        spec->cgroups = args->cgroups ? xstrdup(mode) : NULL;
        spec->cgroup_parent =
                args->cgroup_parent && args->cgroup_parent[0] ? xstrdup(args->cgroup_parent) : NULL;
        return 0;
}

static int fill_namespace(const struct limit_args *args, struct container_spec *spec,
                          struct error *err)
{
        const char *mode = args->cgroupns ? args->cgroupns : "";

        if (strcmp(mode, "") != 0 && strcmp(mode, "private") != 0 && strcmp(mode, "host") != 0 &&
            (strncmp(mode, "ns:/", 4) != 0) && (strncmp(mode, "container:", 10) != 0 || !mode[10]))
                return error_set(err, ERROR_USAGE,
                                 "--cgroupns=%s is none of private, host, container:NAME, ns:PATH",
                                 mode);
        spec->cgroupns = mode[0] ? xstrdup(mode) : NULL;
        return 0;
}

/* Without privileges the kernel lets nobody go below what they have. podman's clamp. */
static int fill_oom_score(const struct limit_args *args, struct container_spec *spec,
                          struct error *err)
{
        long long wanted = args->oom_score_adj.value, own = -1000;
        AUTO_FREE char *text = NULL;

        if (!args->oom_score_adj.set)
                return 0;
        if (wanted < -1000 || wanted > 1000)
                return error_set(err, ERROR_USAGE,
                                 "--oom-score-adj %lld is not between -1000 and 1000", wanted);
        if (geteuid() != 0 &&
            fd_read_file(AT_FDCWD, "/proc/self/oom_score_adj", 64, &text, NULL, NULL) == 0)
                own = strtoll(text, NULL, 10);
        if (wanted < own) {
                log_warn("Requested oom_score_adj=%lld is lower than the current one, changing to "
                         "%lld",
                         wanted, own);
                wanted = own;
        }
        spec->oom_score_adj = xasprintf("%lld", wanted);
        return 0;
}

int limits_fill(const struct limit_args *args, struct container_spec *spec, struct error *err)
{
        if (fill_resources(args, spec, err) < 0 || fill_cgroups(args, spec, err) < 0 ||
            fill_namespace(args, spec, err) < 0)
                return -1;
        if (args->kernel_memory)
                log_warn("The --kernel-memory flag is no longer supported. This flag is a noop.");
        return fill_oom_score(args, spec, err);
}
