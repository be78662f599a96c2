/* The "Env" of an image's "config" object. */
#ifndef KELP_ENGINE_IMAGE_CONFIG_ENV_H
#define KELP_ENGINE_IMAGE_CONFIG_ENV_H

#include "base/json.h"

/* NAME=value in the place of what has the same name, else at the end of the array. */
void config_env_set(json_t *env, const char *assignment);

#endif
