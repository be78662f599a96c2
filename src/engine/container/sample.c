/* A container's accounts: its cgroup's, and those of the network devices that its first process
 * sees
 * (/proc/PID/net/dev). */
#include "engine/container/sample.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/container/state.h"
#include "engine/runtime/cgroup.h"

#include <fcntl.h>
#include <string.h>

/* "  tap0:  bytes packets errs drop fifo frame compressed multicast  bytes packets errs drop ..."
 */
static bool parse_device(const char *line, struct network_device *device)
{
        unsigned long long rx[4], tx[4];

        if (sscanf(line, " %15[^: ]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu",
                   device->name, &rx[0], &rx[1], &rx[2], &rx[3], &tx[0], &tx[1], &tx[2],
                   &tx[3]) != 9)
                return false;
        device->rx_bytes = rx[0];
        device->rx_packets = rx[1];
        device->rx_errors = rx[2];
        device->rx_dropped = rx[3];
        device->tx_bytes = tx[0];
        device->tx_packets = tx[1];
        device->tx_errors = tx[2];
        device->tx_dropped = tx[3];
        return strcmp(device->name, "lo") != 0;
}

static void read_network(pid_t pid, struct container_sample *sample)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/net/dev", pid);
        AUTO_FREE char *text = NULL;
        AUTO(strv) lines = { 0 };

        if (fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return;
        strv_split(&lines, text, '\n');
        for (size_t i = 0; i < lines.count && sample->network_count < NETWORK_DEVICES_MAX; i++)
                if (parse_device(lines.items[i], &sample->network[sample->network_count]))
                        sample->network_count++;
}

static uint64_t count_processes(const char *path)
{
        AUTO(cgroup_pids) pids = { 0 };

        return cgroup_pids(path, true, &pids, NULL) == 0 ? pids.count : 0;
}

int container_sample(const struct container *container, struct container_sample *sample_out,
                     struct error *err)
{
        const struct container_state *state = &container->state;
        struct container_sample sample = { .taken_ns = clock_now_ns() };
        AUTO_CLOSE int fd = -1;

        if (!state->cgroup[0])
                return error_set(err, ERROR_UNSUPPORTED,
                                 "container %.12s: this container does not have a cgroup",
                                 container->id);
        fd = cgroup_open(state->cgroup);
        if (fd < 0)
                return error_sys(err, errno, "container %.12s: its cgroup", container->id);
        if (cgroup_stats_read(fd, &sample.cgroup, err) < 0)
                return -1;
        if (sample.cgroup.inactive_file < sample.cgroup.memory_current)
                sample.memory_use = sample.cgroup.memory_current - sample.cgroup.inactive_file;
        sample.processes = sample.cgroup.has_pids ? sample.cgroup.pids_current
                                                  : count_processes(state->cgroup);
        if (container->spec.network != NETWORK_HOST)
                read_network(state->pid, &sample);
        *sample_out = sample;
        return 0;
}
