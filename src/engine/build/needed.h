/* Which stages a build needs for its target. */
#ifndef KELP_ENGINE_BUILD_NEEDED_H
#define KELP_ENGINE_BUILD_NEEDED_H

#include "engine/build/stage.h"

/* The stage that is to be built: by name or number; NULL: the last. ERROR_NOT_FOUND. */
int needed_target(const struct containerfile *file, const char *name, size_t *target_out,
                  struct error *err);

/* Mark it as needed, and what it begins with or copies from (stage.needs). */
void needed_mark(struct executor *executor, size_t target);

#endif
