/* What kelp info says of drivers, and of registries.conf. */
#ifndef KELP_CLI_SYSTEM_INFO_PLUGINS_H
#define KELP_CLI_SYSTEM_INFO_PLUGINS_H

#include "base/error.h"
#include "base/json.h"

/* Drivers for logs and volumes; volume plugins are those that containers.conf names. */
int info_plugins(json_t **json_out, struct error *err);

/* The registries to search. */
int info_registries(json_t **json_out, struct error *err);

#endif
