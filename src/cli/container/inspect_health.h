/* A container's health check and its state, as podman's inspect shows them. */
#ifndef KELP_CLI_CONTAINER_INSPECT_HEALTH_H
#define KELP_CLI_CONTAINER_INSPECT_HEALTH_H

#include "base/json.h"
#include "engine/container/container.h"

/* State.Health: Status, FailingStreak, Log; Healthcheck is podman's older name for it. */
void inspect_health_state(const struct container *container, json_t *state);

/* Config.Healthcheck and what goes with it. */
void inspect_health_config(const struct container_spec *spec, json_t *config);

#endif
