/* A further process in a running container; the caller is its parent. */
#ifndef KELP_ENGINE_CONTAINER_EXEC_H
#define KELP_ENGINE_CONTAINER_EXEC_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/container/attach.h"
#include "engine/container/container.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

struct exec_options {
        struct strv args;
        struct strv env;
        const char *user;    /* NULL: the container's */
        const char *workdir; /* NULL: the container's */
        bool terminal;
        bool interactive;
        bool privileged;
        bool detach;
        char *session_out; /* NULL, or EXEC_SESSION_ID_LEN + 1 bytes for the ID of a detached one */
        struct detach_keys keys;
        const struct preserved_fds *preserve; /* the process's too, or NULL */
        /* A health check: its standard streams, how long it may take. Then the process is killed
         * and the exit code EXEC_TIMED_OUT; there are no events, and no signals are passed on. The
         * caller may be the container's monitor, which is in its user namespace. NULL: the streams
         * are this process's own. */
        const int *stdio;
        int timeout_ms;
};

#define EXEC_TIMED_OUT 256

/* Run it; the exit code of the process (0 when detached). This process must be outside of every
 * user namespace of ours (but see stdio), and stays in the container's namespaces afterwards. */
int container_exec(const struct store *store, struct container *container,
                   const struct exec_options *options, int *exit_code_out, struct error *err);

#endif
