/* A container's life on the OCI command line: what each verb does (runtime-spec runtime.md,
 * "Operations"). */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_LIFE_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_LIFE_H

#include "engine/runtime/oci/oci_container.h"
#include "engine/runtime/oci/oci_make.h"

#include <stdbool.h>

/* Make it and leave it waiting for oci_start(). */
int oci_create(struct oci_request *request, struct error *err);

/* Make it and start it. detach: return then. Else stay until it ends, *exit_code_out is its exit
 * code, and delete it, unless keep. */
int oci_run(struct oci_request *request, bool keep, int *exit_code_out, struct error *err);

/* `container` is locked in each of these. */
int oci_start(const struct oci_root *root, struct oci_container *container, struct error *err);

/* signal to its first process; SIGKILL, and any signal with all, to all of its cgroup when it has
 * no pid namespace of its own. With all a container that has ended is no error. */
int oci_kill(const struct oci_container *container, int signal, bool all, struct error *err);

/* It has to be stopped, or not started yet, or force. Its cgroup and its record go, then its
 * poststop hooks run, whose failure is a warning. */
int oci_delete(const struct oci_root *root, struct oci_container *container, bool force,
               struct error *err);

int oci_pause(const struct oci_container *container, struct error *err);
int oci_resume(const struct oci_container *container, struct error *err);

#endif
