/* The `process` object of an exec. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_PROCESS_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_PROCESS_H

#include "engine/runtime/oci/oci_exec.h"

/* The container's own with the request's members in place. New reference. */
int oci_process_merge(const json_t *own, const struct oci_exec_request *request,
                      json_t **process_out, struct error *err);

/* Tell the program of the sockets that it is given, from descriptor 3 on (sd_listen_fds(3)). */
void oci_process_listen(struct process_plan *plan, int listen_fds);

#endif
