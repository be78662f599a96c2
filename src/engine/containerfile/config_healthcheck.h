/* HEALTHCHECK to the "Healthcheck" of an image's "config" object (Docker's HealthConfig). */
#ifndef KELP_ENGINE_CONTAINERFILE_CONFIG_HEALTHCHECK_H
#define KELP_ENGINE_CONTAINERFILE_CONFIG_HEALTHCHECK_H

#include "base/error.h"
#include "base/json.h"
#include "engine/containerfile/instruction.h"

/* Replaces what was there. ERROR_INVALID: a flag's value is no span or number, or out of range. */
int config_healthcheck(json_t *config, const struct instruction *healthcheck, struct error *err);

#endif
