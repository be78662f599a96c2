/* A further process in a running container. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_EXEC_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_EXEC_H

#include "base/json.h"
#include "base/strv.h"
#include "engine/runtime/oci/oci_container.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

struct oci_exec_request {
        /* A `process` object; NULL: the container's own, with what follows in place (NULL, empty:
         * as it is). */
        const json_t *process;
        const struct strv *args;
        const struct strv *env;          /* in addition */
        const struct strv *capabilities; /* in addition, to bounding, effective, permitted */
        const char *cwd, *user;          /* uid[:gid] */
        const struct strv *groups;       /* in addition */
        const char *apparmor, *label;
        bool terminal, no_new_privileges;

        const char *console_socket, *pid_file;
        const char *cgroup;                   /* below the container's cgroup, or NULL */
        const struct preserved_fds *preserve; /* or NULL */
        int listen_fds;                       /* as in oci_request */
        bool detach, ignore_paused, no_new_keyring;
        uid_t uid; /* oci_caller_uid() */
};

/* This process is in the container afterwards: it is good for nothing but to end. detach: returns
 * when the program runs; else *exit_code_out is its exit code. */
int oci_exec(const struct oci_container *container, const struct oci_exec_request *request,
             int *exit_code_out, struct error *err);

#endif
