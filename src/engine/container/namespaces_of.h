/* The namespaces that a container shares: --pid, --ipc, --uts, --network and --cgroupns with
 * container:NAME or ns:PATH.
 *
 * Each container has a user namespace of its own, which owns its other namespaces; who shares those
 * of another lives in the other's user namespace. Two containers with two of them cannot both be
 * joined.
 */
#ifndef KELP_ENGINE_CONTAINER_NAMESPACES_OF_H
#define KELP_ENGINE_CONTAINER_NAMESPACES_OF_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/state/store.h"
#include "rootless/userns.h"

#include <stdbool.h>

enum shared_kind {
        SHARED_PID,
        SHARED_IPC,
        SHARED_UTS,
        SHARED_NETWORK,
        SHARED_CGROUP,
        SHARED_KINDS
};

/* The mode of that kind in the spec: "host", "container:ID", ...; NULL: one of its own. */
const char *namespaces_mode(const struct container_spec *spec, enum shared_kind kind);

/* Does it have one of its own? */
bool namespaces_own(const struct container_spec *spec, enum shared_kind kind);

/* Let it have that one of the container with this ID. */
void namespaces_share(struct container_spec *spec, enum shared_kind kind, const char *id);

/* When a container is made: names become full IDs, and what the other has of the host's is the
 * host's. ERROR_NOT_FOUND: no such container, no such path. */
int namespaces_resolve(const struct store *store, struct container_spec *spec, struct error *err);

/* Is one of them a container's or at a path? */
bool namespaces_shared(const struct container_spec *spec);

/* When it starts: *plan, of the container's own user namespace, enters the user namespace that owns
 * what is shared. Nothing happens when nothing is. ERROR_STATE: the other does not run;
 * ERROR_UNSUPPORTED: it has other ids. */
int namespaces_plan_userns(const struct store *store, const struct container_spec *spec,
                           struct userns_plan *plan, struct error *err);

/* And what is where. */
struct shared_namespaces {
        char *paths[SHARED_KINDS]; /* NULL: none is shared */
        char *shm;                 /* directory to show at /dev/shm: the other's; NULL: its own */
        char *network_files;       /* where the other's resolv.conf and hosts are, or NULL */
};
void shared_namespaces_release(struct shared_namespaces *shared);
int namespaces_load(const struct store *store, const struct container_spec *spec,
                    struct shared_namespaces *shared_out, struct error *err);

/* The IDs of the containers that it shares with or requires: a new JSON array, each once. */
json_t *namespaces_dependencies(const struct container_spec *spec);

#endif
