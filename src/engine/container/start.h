/* Starting a container: from its spec to a monitor with a running program. */
#ifndef KELP_ENGINE_CONTAINER_START_H
#define KELP_ENGINE_CONTAINER_START_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/runtime/plan.h"
#include "rootless/userns.h"

#include <stdbool.h>

struct start_options {
        bool attach;                          /* the caller wants the output */
        bool created;                         /* just now: the event is still to be written, once
                                               * container_start() has not failed */
        unsigned short rows, columns;         /* of the terminal, 0: unknown */
        const struct strv *hooks_dirs;        /* --hooks-dir (hooks_of.h), or NULL: none */
        const char *storage_driver;           /* --storage-driver, or NULL */
        enum cgroup_manager cgroup_manager;   /* --cgroup-manager, or CGROUP_NONE: choose */
        const struct strv *log_fields;        /* "KEY=VALUE", more of journal_fields(); or NULL */
        const struct preserved_fds *preserve; /* the program's too, for this one start; or NULL */
};

/* The user namespace must have been begun (userns_enter_begin) with the plan; entry may still be
 * waiting for its maps: the monitor finishes it. On return the monitor is forked and *socket_out is
 * the connection to it (monitor/protocol.h), on which it first says PACKET_STARTED or PACKET_ERROR.
 */
int container_start(const struct store *store, struct container *container,
                    const struct userns_plan *plan, struct userns_entry *entry,
                    const struct start_options *options, int *socket_out, struct error *err);

/* All of a start that needs no process: what stands in its way is found, its runtime specification
 * and files are written, and it is CONTAINER_INITIALIZED. The user namespace is entered. */
int container_prepare(const struct store *store, struct container *container,
                      const struct userns_plan *plan, const struct start_options *options,
                      struct error *err);

/* Read that first answer: the pid of the init, or the error. */
int container_started(int socket_fd, pid_t *pid_out, struct error *err);

#endif
