/* The options of run and create about resource limits and cgroups, and what they make of a
 * container_spec. */
#ifndef KELP_CLI_OPTIONS_LIMIT_OPTIONS_H
#define KELP_CLI_OPTIONS_LIMIT_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct limit_args {
        const char *memory, *memory_swap, *memory_reservation, *kernel_memory;
        const char *cpus, *cpuset_cpus, *cpuset_mems;
        const char *blkio_weight, *cgroups, *cgroup_parent, *cgroupns;
        struct opt_int cpu_shares, cpu_period, cpu_quota, pids, oom_score_adj;
        struct strv blkio_weight_device, read_bps, write_bps, read_iops, write_iops, conf;
};

/* `at` is the member of OPT_ARGS that is a struct limit_args. */
#define LIMIT_OPTIONS(at)                                                                          \
        OPT_STR_IN("Limits", 0, "blkio-weight", at.blkio_weight, "WEIGHT",                         \
                   "Share of block IO, 10 to 1000"),                                               \
                OPT_LIST_IN("Limits", 0, "blkio-weight-device", at.blkio_weight_device,            \
                            "DEVICE:WEIGHT", "Share of a device's IO, 10 to 1000"),                \
                OPT_LIST_IN("Limits", 0, "cgroup-conf", at.conf, "FILE=VALUE",                     \
                            "Write to a file of the container's cgroup"),                          \
                OPT_STR_IN("Limits", 0, "cgroup-parent", at.cgroup_parent, "SLICE|PATH",           \
                           "Where the container's cgroup is made"),                                \
                OPT_STR_IN("Limits", 0, "cgroupns", at.cgroupns, "MODE",                           \
                           "private, host, container:NAME or ns:PATH"),                            \
                OPT_STR_IN("Limits", 0, "cgroups", at.cgroups, "MODE",                             \
                           "enabled, disabled, no-conmon or split"),                               \
                OPT_INT_IN("Limits", 0, "cpu-period", at.cpu_period, "MICROSECONDS",               \
                           "Period in which --cpu-quota holds"),                                   \
                OPT_INT_IN("Limits", 0, "cpu-quota", at.cpu_quota, "MICROSECONDS",                 \
                           "CPU time in each period"),                                             \
                OPT_INT_IN("Limits", 'c', "cpu-shares", at.cpu_shares, "SHARES",                   \
                           "Share of CPU time, 1024 is the usual one"),                            \
                OPT_STR(0, "cpus", at.cpus, "NUMBER", "So many CPUs at most, such as 1.5"),        \
                OPT_STR_IN("Limits", 0, "cpuset-cpus", at.cpuset_cpus, "LIST",                     \
                           "Only these CPUs: 0-3,7"),                                              \
                OPT_STR_IN("Limits", 0, "cpuset-mems", at.cpuset_mems, "LIST",                     \
                           "Only these memory nodes"),                                             \
                OPT_LIST_IN("Limits", 0, "device-read-bps", at.read_bps, "DEVICE:RATE",            \
                            "Bytes a second read from a device"),                                  \
                OPT_LIST_IN("Limits", 0, "device-read-iops", at.read_iops, "DEVICE:RATE",          \
                            "Reads a second from a device"),                                       \
                OPT_LIST_IN("Limits", 0, "device-write-bps", at.write_bps, "DEVICE:RATE",          \
                            "Bytes a second written to a device"),                                 \
                OPT_LIST_IN("Limits", 0, "device-write-iops", at.write_iops, "DEVICE:RATE",        \
                            "Writes a second to a device"),                                        \
                OPT_STR_IN("Limits", 0, "kernel-memory", at.kernel_memory, "SIZE",                 \
                           "Without effect, which is said: cgroup v2 has one --memory"),           \
                OPT_STR('m', "memory", at.memory, "SIZE", "Memory limit: 512m, 2g"),               \
                OPT_STR_IN("Limits", 0, "memory-reservation", at.memory_reservation, "SIZE",       \
                           "Memory that is kept for the container"),                               \
                OPT_STR_IN("Limits", 0, "memory-swap", at.memory_swap, "SIZE",                     \
                           "Limit of memory and swap together, -1: no limit of swap"),             \
                OPT_INT_IN("Limits", 0, "oom-score-adj", at.oom_score_adj, "NUMBER",               \
                           "Who is killed first when memory runs out, -1000 to 1000"),             \
                OPT_INT_IN("Limits", 0, "pids-limit", at.pids, "NUMBER",                           \
                           "So many processes at most"),                                           \
                OPT_REFUSED(0, "cpu-rt-period", "cgroup v2 has no real-time CPU time"),            \
                OPT_REFUSED(0, "cpu-rt-runtime", "cgroup v2 has no real-time CPU time"),           \
                OPT_REFUSED(0, "memory-swappiness", "cgroup v2 has no swappiness for a group"),    \
                OPT_REFUSED(0, "oom-kill-disable", "cgroup v2 cannot disable the OOM killer")

/* Fill the spec's resources, cgroups, cgroup_parent, cgroupns and oom_score_adj. */
int limits_fill(const struct limit_args *args, struct container_spec *spec, struct error *err);

/* "1g", "512m", "100": bytes, units in powers of 1024 (docker's RAMInBytes). */
int limit_parse_bytes(const char *option, const char *text, int64_t *bytes_out, struct error *err);

#endif
