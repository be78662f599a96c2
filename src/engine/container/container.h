/* Containers in the store: finding, listing, state.
 *
 *     containers/ID/spec      what the user asked for, merged with the image (container_spec, JSON)
 *                  /config.json  the OCI runtime spec made from it
 *                  /state     JSON: status, pid, times, exit code; replaced by rename
 *                  /lock      byte 0 is locked by the monitor while the container runs, byte 1 by
 *                             whoever changes the container; its text is the last exit record
 *                  /log, log.1, log.2   what it printed (k8s-file lines)
 *                  /health    how healthy it is, where it has a check (health_state.h)
 *                  /stopped   a user ended it: its restart policy rests (restart.h)
 *                  /upper /work /merged
 *                  /copy /copied   with the storage driver "copy" (storage/copy.h)
 *                  /lower     of a pod's infra container without an image (infra.h)
 *     names/NAME              a symbolic link to the ID (state/names.h)
 */
#ifndef KELP_ENGINE_CONTAINER_CONTAINER_H
#define KELP_ENGINE_CONTAINER_CONTAINER_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/runtime/cgroup.h"
#include "engine/state/names.h"
#include "engine/state/store.h"
#include "engine/storage/driver.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONTAINER_ID_LEN OBJECT_ID_LEN

enum container_status {
        CONTAINER_CREATED,
        CONTAINER_RUNNING,
        CONTAINER_EXITED,      /* ended; exit_code tells how */
        CONTAINER_INITIALIZED, /* container_prepare() was here since it was created or ended */
        CONTAINER_LOST, /* was running and its monitor is gone: shown as "exited", monitor lost */
};

/* RLIM_INFINITY: none. */
struct container_limit {
        uint64_t soft, hard;
};

struct container_state {
        enum container_status status; /* checked against the kernel's lock when read */
        pid_t pid; /* of the container's init, in the host's pid namespace; 0: none */
        pid_t monitor_pid;
        uint64_t pid_start; /* field 22 of /proc/PID/stat, so that a reused pid is noticed */
        int64_t started_ns; /* CLOCK_REALTIME; 0: never */
        int64_t finished_ns;
        int exit_code;
        int restarts; /* by its restart policy, since the last start by hand */
        bool oom_killed;
        bool stopping;                /* somebody waits for its end; not in the file */
        bool paused;                  /* while running: its cgroup is frozen */
        char cgroup[CGROUP_PATH_MAX]; /* absolute directory, or "": none of its own */
        char error[256];              /* why the last start failed, or "" */
        enum storage_driver driver;   /* of the last start; STORAGE_COPY stays */
        char driver_reason[512];      /* why it is not overlay, or "" */
        /* RLIMIT_NOFILE and RLIMIT_NPROC of the last start's caller, which the container has where
         * --ulimit does not say otherwise. */
        struct container_limit files, processes;
};

struct container {
        char id[CONTAINER_ID_LEN + 1];
        int dir_fd; /* containers/ID */
        struct container_spec spec;
        struct container_state state;
        bool stopped_by_user; /* at the last end; known where it may be started again by itself */
        const char *health; /* when it was loaded: "healthy", ... (health_state.h); "": no check */
};

#define CONTAINER_EMPTY ((struct container){ .dir_fd = -1, .health = "" })

void container_release(struct container *container);

/* By name, ID, or unique ID prefix. ERROR_NOT_FOUND: no container with name or ID "x" found: no
 * such container (podman's sentence). */
int container_lookup(const struct store *store, const char *name, struct container *container_out,
                     struct error *err);

/* The one with this whole ID. sys is ENOENT when there is none. */
int container_load(const struct store *store, const char *id, struct container *container_out,
                   struct error *err);

/* All of them, newest first. Containers that vanish meanwhile are skipped. To read, not to act on:
 * dir_fd is -1 in a list; container_lookup() by id gives one that the verbs take. */
struct container_list {
        struct container *items;
        size_t count;
};
void container_list_release(struct container_list *list);
int container_list_load(const struct store *store, struct container_list *list_out,
                        struct error *err);

/* Also those that are steps of builds. */
int container_list_load_all(const struct store *store, struct container_list *list_out,
                            struct error *err);

/* Read the state again. */
int container_refresh(struct container *container, struct error *err);

/* Read the spec again too, under the change lock: a rename may have come between. */
int container_reread(struct container *container, struct error *err);

/* "created", "initialized", "running", "paused", "stopping", "exited": podman's words. */
const char *container_status_name(const struct container_state *state);

#endif
