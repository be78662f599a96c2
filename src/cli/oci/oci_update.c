/* kelp oci update: other limits for a running container, as linux.resources from a file or made of
 * options. What is set is kept in its specification. */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "cli/oci/oci.h"
#include "cli/options/limit_options.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct update_args {
        const char *resources, *memory, *memory_swap, *memory_reservation, *cpuset_cpus,
                *cpuset_mems;
        struct opt_int blkio_weight, cpu_period, cpu_quota, cpu_burst, cpu_share, cpu_idle, pids;
};
#define OPT_ARGS struct update_args

static const struct opt update_options[] = {
        OPT_STR('r', "resources", resources, "FILE", "linux.resources as JSON, - for stdin"),
        OPT_INT(0, "blkio-weight", blkio_weight, "WEIGHT", "Share of block IO, 10 to 1000"),
        OPT_INT(0, "cpu-period", cpu_period, "MICROSECONDS", "Period in which --cpu-quota holds"),
        OPT_INT(0, "cpu-quota", cpu_quota, "MICROSECONDS", "CPU time in each period"),
        OPT_INT(0, "cpu-burst", cpu_burst, "MICROSECONDS", "CPU time that may be saved up"),
        OPT_INT(0, "cpu-share", cpu_share, "SHARES", "Share of CPU time, 1024 is the usual one"),
        OPT_INT(0, "cpu-idle", cpu_idle, "0|1", "1: only time that nobody else wants"),
        OPT_STR(0, "cpuset-cpus", cpuset_cpus, "LIST", "Only these CPUs: 0-3,7"),
        OPT_STR(0, "cpuset-mems", cpuset_mems, "LIST", "Only these memory nodes"),
        OPT_STR('m', "memory", memory, "SIZE", "Memory limit: 512m, 2g, -1: none"),
        OPT_STR(0, "memory-reservation", memory_reservation, "SIZE",
                "Memory that is kept for the container"),
        OPT_STR(0, "memory-swap", memory_swap, "SIZE", "Limit of memory and swap together"),
        OPT_INT(0, "pids-limit", pids, "NUMBER", "So many processes at most"),
        OPT_REFUSED(0, "cpu-rt-period", "cgroup v2 has no real-time CPU time"),
        OPT_REFUSED(0, "cpu-rt-runtime", "cgroup v2 has no real-time CPU time"),
        OPT_REFUSED(0, "kernel-memory", "cgroup v2 counts it as memory: use --memory"),
        OPT_REFUSED(0, "kernel-memory-tcp", "cgroup v2 counts it as memory: use --memory"),
        OPT_REFUSED(0, "l3-cache-schema", "resctrl is root's alone"),
        OPT_REFUSED(0, "mem-bw-schema", "resctrl is root's alone"),
        { 0 },
};

static json_t *part(json_t *resources, const char *key)
{
        json_t *object = json_object_get(resources, key);

        if (!json_is_object(object)) {
                object = json_object();
                json_object_set_new(resources, key, object);
        }
        return object;
}

static void set_number(json_t *resources, const char *key, const char *member,
                       const struct opt_int *value)
{
        if (value->set)
                json_object_set_new(part(resources, key), member, json_integer(value->value));
}

static int set_size(json_t *resources, const char *member, const char *option, const char *text,
                    struct error *err)
{
        int64_t bytes = -1;

        if (!text)
                return 0;
        if (strcmp(text, "-1") != 0 && limit_parse_bytes(option, text, &bytes, err) < 0)
                return -1;
        json_object_set_new(part(resources, "memory"), member, json_integer(bytes));
        return 0;
}

static int fill(json_t *resources, const struct update_args *args, struct error *err)
{
        set_number(resources, "blockIO", "weight", &args->blkio_weight);
        set_number(resources, "cpu", "period", &args->cpu_period);
        set_number(resources, "cpu", "quota", &args->cpu_quota);
        set_number(resources, "cpu", "burst", &args->cpu_burst);
        set_number(resources, "cpu", "shares", &args->cpu_share);
        set_number(resources, "cpu", "idle", &args->cpu_idle);
        set_number(resources, "pids", "limit", &args->pids);
        if (args->cpuset_cpus)
                json_set_string(part(resources, "cpu"), "cpus", args->cpuset_cpus);
        if (args->cpuset_mems)
                json_set_string(part(resources, "cpu"), "mems", args->cpuset_mems);
        if (set_size(resources, "limit", "--memory", args->memory, err) < 0 ||
            set_size(resources, "swap", "--memory-swap", args->memory_swap, err) < 0)
                return -1;
        return set_size(resources, "reservation", "--memory-reservation", args->memory_reservation,
                        err);
}

static int read_resources(const char *name, json_t **resources_out, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (strcmp(name, "-") != 0)
                return spec_read_file(AT_FDCWD, name, resources_out, err);
        if (fd_read_rest(STDIN_FILENO, LIMIT_SPEC, &text, &len, err) < 0)
                return -1;
        return spec_parse(text, len, "standard input", resources_out, err);
}

/* So that a later one of the options, and whoever reads it, begins with what is in force. */
static int keep(const struct oci_container *container, const json_t *resources, struct error *err)
{
        AUTO_JSON json_t *spec = NULL;
        json_t *linux_part;

        if (oci_container_spec(container, &spec, err) < 0)
                return -1;
        linux_part = part(spec, "linux");
        json_object_update_recursive(part(linux_part, "resources"), (json_t *)(uintptr_t)resources);
        return spec_write_file(container->dir_fd, OCI_CONFIG, spec, 0600, err);
}

static int update_run(struct context *ctx, void *data, struct error *err)
{
        const struct update_args *args = data;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        AUTO_JSON json_t *resources = NULL;

        if (args->resources && read_resources(args->resources, &resources, err) < 0)
                return -1;
        if (!resources)
                resources = json_object();
        if (fill(resources, args, err) < 0 || oci_context_open(ctx, true, &container, err) < 0)
                return -1;
        if (container.status == OCI_STOPPED)
                return error_set(err, ERROR_STATE, "container \"%s\" is stopped: it is not running",
                                 container.id);
        if (!container.record.cgroup)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "container \"%s\" has no cgroup of its own, which keeps limits",
                                 container.id);
        if (cgroup_update(container.record.cgroup, resources, err) < 0)
                return -1;
        return keep(&container, resources, err);
}

const struct command cmd_oci_update = {
        .name = "oci update",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Change the limits of a container",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct update_args),
        .options = update_options,
        .run = update_run,
};
