/* linux.resources.devices of the runtime specification: which devices the processes of a cgroup may
 * open or make, as a BPF program (BPF_PROG_TYPE_CGROUP_DEVICE). */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_DEVICES_H
#define KELP_ENGINE_RUNTIME_CGROUP_DEVICES_H

#include "base/error.h"
#include "base/json.h"

#include <linux/bpf.h>
#include <stddef.h>

struct cgroup_devices {
        struct bpf_insn *items; /* NULL: no rules, everything is allowed */
        size_t count;
};

void cgroup_devices_release(struct cgroup_devices *devices);

/* The rules' list, NULL or empty: no program. A later rule overrides an earlier one; the devices
 * that every container has are always allowed, and mknod(2) of any (crun(1)). Plain data. */
int cgroup_devices_make(const json_t *rules, struct cgroup_devices *devices_out, struct error *err);

/* Put the program in the place of those that are there. Only root (of the machine) may: for anybody
 * else this does nothing, as no user namespace lets a device node be made. */
int cgroup_devices_attach(int cgroup_fd, const struct cgroup_devices *devices, struct error *err);

#endif
