/* A transient scope of systemd's: the unit whose cgroup a container gets (systemd.scope(5)). */
#ifndef KELP_ENGINE_RUNTIME_SCOPE_H
#define KELP_ENGINE_RUNTIME_SCOPE_H

#include "base/error.h"
#include "engine/runtime/dbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The manager's own socket: for root the system's, else (or where that is closed to us) the user's;
 * NULL: no systemd for us here. uid: ours, outside of any user namespace. One access(2). Heap. */
char *scope_socket(uid_t uid);

/* Connect to the manager; what is to be said first waits in bus->out for the first call. */
int scope_connect(uid_t uid, struct dbus *bus_out, struct error *err);

struct scope_request {
        const char *unit;  /* "kelp-ID.scope" */
        const char *slice; /* "user.slice" */
        const char *description;
        const pid_t *pids; /* the processes to begin with */
        size_t pid_count;
};

/* Ask for it: one write(2), no wait. */
int scope_start(struct dbus *bus, const struct scope_request *request, struct error *err);

/* Wait until the job is done: then the processes are in the scope. */
int scope_wait(struct dbus *bus, const char *unit, struct error *err);

/* Have systemd move a process into a delegated unit's cgroup, below it at `subgroup`
 * ("/supervisor"). For what lies outside of the part of the hierarchy that we may write. Blocks. */
int scope_attach(uid_t uid, const char *unit, const char *subgroup, pid_t pid, struct error *err);

#endif
