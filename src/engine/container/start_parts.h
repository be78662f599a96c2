/* The parts of a start, for start.c and its neighbours alone:
 *
 *     start.c         the whole, in order; the monitor that is forked, and its restarts
 *     start_plan.c    files and the plan, in the command, before the fork
 *     start_root.c    ids, mounts and the root file system, in the monitor
 *     start_record.c  what becomes of it: state, exit record, events, removal
 */
#ifndef KELP_ENGINE_CONTAINER_START_PARTS_H
#define KELP_ENGINE_CONTAINER_START_PARTS_H

#include "base/json.h"
#include "engine/container/accounts.h"
#include "engine/container/cgroup_of.h"
#include "engine/container/log_place.h"
#include "engine/container/root_driver.h"
#include "engine/container/start.h"
#include "engine/network/slirp.h"
#include "engine/runtime/external.h"
#include "engine/runtime/plan.h"
#include "engine/state/store.h"

#include "engine/storage/rootfs.h"

/* All that the hooks know; lives in the monitor after the fork. */
struct start {
        const struct store *store;
        struct container *container;
        const struct userns_plan *userns;
        struct userns_entry *entry;
        struct rootfs rootfs;
        struct accounts accounts; /* what the container's own files get, or has laid over them */
        struct root_driver driver;
        struct launch_plan plan;
        struct slirp slirp;
        char *files_dir; /* absolute */
        int files_fd;
        int alive_fd;
        int root_fd; /* keeps the root mounted over the end (start_record.c), or -1 */
        int listen_fd;
        int notify_fd; /* the container's notify socket (notify.h), or -1 */
        json_t *spec;
        json_t *identity;                 /* what its hooks are told of it; NULL: it has none */
        struct external_runtime external; /* path NULL: kelp's own */
        struct cgroup cgroup;
        struct log_place log; /* empty: none */
        char *journal; /* what its entries in the journal have in common (journal.h), or NULL */
        bool prepare_mounts; /* there is work for mounts_prepare(), or link_zone */
        bool link_zone;      /* etc/localtime is to be a link (files_of.h) */
        bool own_mounts;     /* this process has a mount namespace of its own */
        const struct start_options *options;
        bool told;            /* of the start, as an event */
        uint64_t oom_kills;   /* that were told, as events */
        int restarts;         /* by the policy, since the start by hand */
        int change_fd;        /* at a restart: the change lock, until the program runs; else -1 */
        char *cgroup_before;  /* at a restart: where it was, and is to be again; or NULL */
        struct staging grave; /* of a container that was to be removed at its end */
};

/* Up to the plan; nothing is made outside the container's directories. */
int start_plan(struct start *start, struct error *err);

/* Blocks until this process has its ids; once, and then at no cost. */
int start_finish_userns(struct start *start, struct error *err);

/* Hooks of the monitor (monitor.h); data is the start. */
int start_prepare_root(void *data, int attempt, struct error *err);
int start_mount_root(void *data, struct error *err);
int start_wait_mapped(void *data, pid_t pid, struct error *err);
int start_record_started(void *data, pid_t pid, struct error *err);
void start_record_oom(void *data, uint64_t kills);
void start_record_running(void *data);
void start_record_exited(void *data, int exit_code);
void start_record_failed(void *data, const struct error *why);
void start_tidy_up(void *data);

#endif
