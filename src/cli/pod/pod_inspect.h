/* A pod as podman's inspect shows it. */
#ifndef KELP_CLI_POD_POD_INSPECT_H
#define KELP_CLI_POD_POD_INSPECT_H

#include "base/json.h"
#include "engine/pod/pod.h"

/* podman's keys; a new reference. ERROR_NOT_FOUND: no pod x. */
int pod_inspect_named(const struct store *store, const char *name, json_t **json_out,
                      struct error *err);

#endif
