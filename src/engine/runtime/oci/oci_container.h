/* A container of the OCI command line, as its directory tells:
 *
 *     ROOT/ID/config.json   the specification it was made of
 *             state         its record (below); missing while it is being made
 *             start         a socket on which its process waits; gone once it was started
 *             notify/       what the container sees of NOTIFY_SOCKET, when that is set
 *             .             flock(2)ed by whoever changes the container
 *
 * Nothing says "running": the process does, known by its pid and its start time, so that a record
 * whose pid belongs to somebody else by now is that of a stopped container.
 */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_CONTAINER_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_CONTAINER_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/oci/oci_root.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define OCI_CONFIG "config.json"
#define OCI_START  "start"
#define OCI_NOTIFY "notify"

enum oci_status { OCI_CREATING, OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };

struct oci_record {
        pid_t pid;
        uint64_t pid_start; /* oci_process_start() */
        char *bundle;
        char *rootfs;
        char *created; /* RFC 3339 */
        char *owner;   /* login name, or number */
        json_t *annotations;
        enum cgroup_manager manager;
        char *cgroup; /* absolute directory, or NULL: none of its own */
};

void oci_record_release(struct oci_record *record);

struct oci_container {
        char *id;
        int dir_fd;
        struct oci_record record;
        enum oci_status status; /* when it was opened */
};

#define OCI_CONTAINER_EMPTY ((struct oci_container){ .dir_fd = -1 })

void oci_container_release(struct oci_container *container);

/* lock: waits for whoever changes it, and keeps others out until the release. ERROR_NOT_FOUND. */
int oci_container_open(const struct oci_root *root, const char *id, bool lock,
                       struct oci_container *container_out, struct error *err);

/* Let others in before the release / keep them out again: false when it was deleted meanwhile. */
bool oci_container_lock(const struct oci_container *container);
void oci_container_unlock(const struct oci_container *container);

/* A new directory, locked, without a record yet. ERROR_EXISTS. */
int oci_container_make(const struct oci_root *root, const char *id,
                       struct oci_container *container_out, struct error *err);

int oci_container_write(const struct oci_container *container, struct error *err);

/* The directory goes; what it describes is gone before. */
int oci_container_remove(const struct oci_root *root, struct oci_container *container,
                         struct error *err);

const char *oci_status_name(enum oci_status status);

/* Look again. */
enum oci_status oci_container_status(const struct oci_container *container);

/* A descriptor of its first process: ERROR_STATE when it has none any more. -1 with err. */
int oci_container_pidfd(const struct oci_container *container, struct error *err);

/* The state of the runtime specification, without status and pid (hooks_state() adds them), and
 * whole, as `state` prints it. New references. */
json_t *oci_container_identity(const struct oci_container *container);
json_t *oci_container_state(const struct oci_container *container);

/* Its config.json. */
int oci_container_spec(const struct oci_container *container, json_t **spec_out, struct error *err);

/* When the process began (clock ticks since boot, proc(5) field 22); 0: there is no such process,
 * or it has ended and was not reaped. */
uint64_t oci_process_start(pid_t pid);

#endif
