/* The parts of making a launch plan: each reads its members of a specification that spec_check.h
 * has passed, and adds to the plan. Used by plan.c alone. */
#ifndef KELP_ENGINE_RUNTIME_PLAN_PARTS_H
#define KELP_ENGINE_RUNTIME_PLAN_PARTS_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/plan.h"

/* A new step at the end; valid until the next one. source may be NULL. */
struct step *plan_add_step(struct launch_plan *plan, enum step_kind kind, const char *source,
                           const char *target);

/* A path of the specification: absolute as it is, else below the bundle. The caller frees; NULL
 * with err when it is relative and there is no bundle. */
char *plan_host_path(const char *bundle, const char *path, const char *what, struct error *err);

/* plan_mounts.c: mounts, in their order */
int plan_mounts(struct launch_plan *plan, const json_t *spec, const char *bundle,
                struct error *err);

/* plan_devices.c: linux.devices, the nodes and links that every container has */
int plan_devices(struct launch_plan *plan, const json_t *linux_part, struct error *err);

/* plan_namespaces.c: linux.namespaces, id mappings, timeOffsets, sysctl; host and domain name */
int plan_namespaces(struct launch_plan *plan, const json_t *spec, struct error *err);

#endif
