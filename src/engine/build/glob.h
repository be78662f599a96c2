/* Sources of COPY and ADD: paths below a root that a pattern stands for. */
#ifndef KELP_ENGINE_BUILD_GLOB_H
#define KELP_ENGINE_BUILD_GLOB_H

#include "base/error.h"
#include "base/strv.h"

/* Append the paths, relative to the root and sorted, that exist: *, ? and [...] stand for parts of
 * one name. Links on the way are followed inside of the root alone. The root itself is ".". */
int glob_expand(int root_fd, const char *pattern, struct strv *paths, struct error *err);

#endif
