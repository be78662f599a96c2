/* What a cgroup has used, from the kernel's files. */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_STATS_H
#define KELP_ENGINE_RUNTIME_CGROUP_STATS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUP_NO_LIMIT UINT64_MAX

struct cgroup_pressure {
        double some10, some60, some300; /* per cent of the last seconds */
        double full10, full60, full300;
        uint64_t some_us, full_us; /* in total */
};

struct cgroup_io {
        unsigned major, minor;
        uint64_t read_bytes, write_bytes, read_ops, write_ops, discard_bytes, discard_ops;
};

struct cgroup_hugetlb {
        char size[16]; /* "2MB" */
        uint64_t current, max, failed;
};

#define CGROUP_IO_MAX      64
#define CGROUP_HUGETLB_MAX 8

/* What a controller that is not there would have told is zero, or no limit; has_X says so. */
struct cgroup_stats {
        uint64_t cpu_us, cpu_user_us, cpu_system_us; /* there without the cpu controller too */
        uint64_t cpu_periods, cpu_throttled, cpu_throttled_us;

        bool has_memory, has_pids, has_io, has_pressure;
        uint64_t memory_current, memory_peak, memory_max, memory_high, memory_low;
        uint64_t swap_current, swap_max;
        uint64_t anon, file, kernel, slab, shmem, inactive_file, page_faults, major_faults;
        uint64_t oom, oom_kill, memory_max_hits, memory_high_hits;

        uint64_t pids_current, pids_max;

        struct cgroup_io io[CGROUP_IO_MAX];
        size_t io_count;

        struct cgroup_hugetlb hugetlb[CGROUP_HUGETLB_MAX];
        size_t hugetlb_count;

        struct cgroup_pressure cpu_pressure, memory_pressure, io_pressure;
};

/* dir_fd: a cgroup's directory. ERROR_NOT_FOUND when the cgroup is gone. */
int cgroup_stats_read(int dir_fd, struct cgroup_stats *stats_out, struct error *err);

/* For those who look often: memory.max / what is in use without the file cache that the kernel
 * would drop first (as podman and docker show it), which is not taken off where all is below
 * `least`. false: no memory controller. */
bool cgroup_memory_limit(int dir_fd, uint64_t *limit_out);
bool cgroup_memory_use(int dir_fd, uint64_t least, uint64_t *use_out);

#endif
