/* The host part of kelp info. */
#ifndef KELP_CLI_INFO_HOST_H
#define KELP_CLI_INFO_HOST_H

#include "base/error.h"
#include "base/json.h"

/* podman's keys, and userNamespace: the rung of the ladder, why not a higher one, and the cure.
 * asked: a cgroup manager by name, or NULL. */
int info_host(const char *asked, json_t **json_out, struct error *err);

#endif
