/* The host part of kelp info. */
#ifndef KELP_CLI_SYSTEM_INFO_HOST_H
#define KELP_CLI_SYSTEM_INFO_HOST_H

#include "base/error.h"
#include "base/json.h"
#include "cli/command.h"

/* podman's keys, and userNamespace: the rung of the ladder, why not a higher one, and the cure.
 * asked: of the options before the command, the cgroup manager and the runtime. */
int info_host(const struct global_args *asked, json_t **json_out, struct error *err);

#endif
