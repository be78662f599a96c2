/* Putting limits in force: enabling controllers, writing the files, and saying what is missing. */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_APPLY_H
#define KELP_ENGINE_RUNTIME_CGROUP_APPLY_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/runtime/cgroup_limits.h"

#include <stdbool.h>

/* Write them to the files of this cgroup. A file that is not there is an error that names its
 * controller (cgroup_missing()). */
int cgroup_apply(int dir_fd, const struct cgroup_limits *limits, struct error *err);

/* Hand these controllers (names NULL: all there are) down to the children of dir_fd. 0; 1: the
 * kernel refuses since the cgroup has processes of its own (EBUSY; nothing was changed); -1: a
 * controller is missing or the cgroup may not be written. */
int cgroup_enable(int dir_fd, const struct strv *names, struct error *err);

/* The sentence about a controller that is not to be had, with the cure for where it is. Returns -1.
 */
int cgroup_missing(const char *controller, struct error *err);

/* The cure alone, for another sentence. Returns -1. */
int cgroup_cure(const char *controller, struct error *err);

/* The words of a file such as cgroup.controllers; false when it cannot be read. */
bool cgroup_read_words(int dir_fd, const char *file, struct strv *words_out);

#endif
