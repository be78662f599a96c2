/* Stages of a build side by side: --jobs. */
#ifndef KELP_ENGINE_BUILD_JOBS_H
#define KELP_ENGINE_BUILD_JOBS_H

#include "engine/build/stage.h"

/* Build the stages that are needed before the target, each in a process of its own, as soon as
 * those that it needs have ended, and options->jobs at once at most. What they print comes out in
 * whole lines. After the first failure, or an interruption, the others are ended. */
int jobs_run(struct executor *executor, struct error *err);

#endif
