/* What a container has used up to now. */
#ifndef KELP_ENGINE_CONTAINER_SAMPLE_H
#define KELP_ENGINE_CONTAINER_SAMPLE_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/runtime/cgroup_stats.h"

struct network_device {
        char name[16];
        uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
        uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

#define NETWORK_DEVICES_MAX 16

struct container_sample {
        int64_t taken_ns;   /* CLOCK_REALTIME */
        uint64_t processes; /* with the pids controller: threads, as the kernel counts */
        uint64_t
                memory_use; /* without what the kernel would drop first (podman's, docker's rule) */
        struct cgroup_stats cgroup;
        struct network_device
                network[NETWORK_DEVICES_MAX]; /* without lo; none with --network=host */
        size_t network_count;
};

/* ERROR_UNSUPPORTED: it has no cgroup of its own. ERROR_NOT_FOUND: it has ended. */
int container_sample(const struct container *container, struct container_sample *sample_out,
                     struct error *err);

#endif
