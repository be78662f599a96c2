/* What kelp ps shows only when asked, or of few containers: sizes, namespaces and pods, which cost
 * a look at files. */
#ifndef KELP_CLI_CONTAINER_PS_EXTRA_H
#define KELP_CLI_CONTAINER_PS_EXTRA_H

#include "base/json.h"
#include "engine/container/container.h"

#include <stdbool.h>
#include <stdint.h>

/* Size: bytes that it wrote, and with its image. for_people: a text. */
void ps_extra_size(json_t *row, uint64_t written, uint64_t whole, bool for_people);

/* Pod, PodName, where it is in one. for_people: the ID is cut unless `whole`. */
void ps_extra_pod(json_t *row, const struct store *store, const struct container *container,
                  bool whole, bool for_people);

/* Who shares another's network has its ports. False: it does not. */
bool ps_extra_share_ports(const struct store *store, struct container *container);

/* The numbers of its namespaces, under podman's names; empty when it does not run. for_people: each
 * a member of the row too. */
void ps_extra_namespaces(json_t *row, const struct container *container, bool for_people);

#endif
