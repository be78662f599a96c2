/* Making a container from a bundle: up to the point where its process is ready and waits, all that
 * `create` and `run` have in common. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_MAKE_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_MAKE_H

#include "base/error.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/launch.h"
#include "engine/runtime/oci/oci_container.h"
#include "engine/runtime/oci/oci_root.h"

#include <stdbool.h>

struct oci_request {
        const struct oci_root *root;
        const char *id;
        const char *bundle;         /* NULL: the working directory */
        const char *config;         /* NULL: config.json of the bundle */
        const char *console_socket; /* or NULL */
        const char *pid_file;       /* or NULL */
        enum cgroup_manager manager;
        const struct preserved_fds *preserve; /* or NULL */
        int listen_fds; /* so many of them are sockets for the program (sd_listen_fds(3)) */
        bool no_pivot, no_new_keyring;
        bool wait;   /* for another process that starts it */
        bool detach; /* nobody stays in front of it, so that a terminal needs a console socket */
};

struct oci_making {
        const struct oci_request *request;
        struct oci_container container;
        json_t *spec;
        char *text; /* of it as it was read; NULL when something was added */
        size_t text_len;
        json_t *identity; /* of the container, for hooks */
        struct launch_plan plan;
        struct cgroup cgroup;
        struct launch launch;
        int start_fd;
        int console_socket_fd;
};

#define OCI_MAKING_EMPTY                                                                           \
        ((struct oci_making){ .container = OCI_CONTAINER_EMPTY,                                    \
                              .cgroup = CGROUP_EMPTY,                                              \
                              .launch = LAUNCH_EMPTY,                                              \
                              .start_fd = -1,                                                      \
                              .console_socket_fd = -1 })

void oci_making_release(struct oci_making *making);

/* The process is ready (HANDSHAKE_PREPARED), the container's record is on disk, its pid file
 * written, its terminal handed over (or in making->launch.console_fd). On failure nothing is left
 * of it, and its poststop hooks have run if it got that far. `making` is to be released either way.
 */
int oci_make(const struct oci_request *request, struct oci_making *making, struct error *err);

/* Take it all back: kill, remove the cgroup and the record, run the poststop hooks. */
void oci_make_undo(struct oci_making *making);

/* The request for launch_execute(). */
struct launch_request oci_make_launch(const struct oci_making *making);

/* Hooks of a kind with the container's state on their standard input. */
int oci_make_hooks(const struct oci_making *making, enum hook_kind kind, const char *status,
                   pid_t pid, struct error *err);

#endif
