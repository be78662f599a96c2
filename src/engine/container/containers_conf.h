/* containers.conf(5): the files, read once and merged. docs/containers.conf.md lists the keys. */
#ifndef KELP_ENGINE_CONTAINER_CONTAINERS_CONF_H
#define KELP_ENGINE_CONTAINER_CONTAINERS_CONF_H

#include "base/error.h"
#include "base/json.h"

/* The tables as one object, borrowed: it is read at the first call in a process. NULL with *err
 * when a file is no TOML, or cannot be read though it is there. */
const json_t *containers_conf(struct error *err);

#endif
