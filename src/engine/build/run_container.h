/* The container of a RUN. */
#ifndef KELP_ENGINE_BUILD_RUN_CONTAINER_H
#define KELP_ENGINE_BUILD_RUN_CONTAINER_H

#include "engine/build/stage.h"
#include "engine/container/container.h"

/* Make it, run it to its end with its output on ours; its exit code. It is still there, unless it
 * could not be made. An interruption ends it. */
int run_container(struct stage *stage, struct container_spec *spec, const char *id, int *code_out,
                  struct error *err);

/* A missing one is fine. */
void run_container_remove(struct stage *stage, const char *id);

/* Remove those whose builds died. This process is in the user namespace. */
void run_container_sweep(const struct store *store);

#endif
