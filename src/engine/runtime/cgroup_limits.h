/* linux.resources of the runtime specification as the writes that put it in force: which file gets
 * what. Plain data; making it touches nothing.
 *
 * The specification speaks cgroup v1; what it says is converted as crun(1) does: shares to a
 * weight, memory+swap to swap alone, block-IO weights and rates to io.weight and io.max.
 */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_LIMITS_H
#define KELP_ENGINE_RUNTIME_CGROUP_LIMITS_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

struct cgroup_limit {
        char *file;  /* "memory.max" */
        char *value; /* what to write; CGROUP_KEEP in front: the file's own first word */
        /* Where the kernel lacks `file` but has this one (two schedulers weigh block IO). */
        char *other_file, *other_value;
        /* A kernel that does not count this (swap) cannot let anybody exceed it: said, not failed.
         */
        bool lenient;
};

#define CGROUP_KEEP "="

struct cgroup_limits {
        struct cgroup_limit *items;
        size_t count;
        bool check_memory; /* memory.checkBeforeUpdate: refuse less than what is in use */
        int64_t least_memory;
};

void cgroup_limits_release(struct cgroup_limits *limits);

/* NULL resources: no limits. ERROR_UNSUPPORTED names what v2 does not have (swappiness, kernel
 * memory, real-time runtime, network classes); ERROR_INVALID what makes no sense (memory+swap below
 * memory). `devices` is left to cgroup_devices.h.
 */
int cgroup_limits_make(const json_t *resources, struct cgroup_limits *limits_out,
                       struct error *err);

/* Each controller that is needed, once: "memory", "cpu". */
void cgroup_limits_controllers(const struct cgroup_limits *limits, struct strv *names);

/* The controller of a file: "memory" of "memory.max"; "" for those of cgroup itself. Heap. */
char *cgroup_controller_of(const char *file);

/* Shares (2 to 262144) to a weight (1 to 10000); 0 stays 0. */
uint64_t cgroup_weight_of_shares(uint64_t shares);

#endif
