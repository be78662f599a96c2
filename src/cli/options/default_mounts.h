/* --default-mounts-file: what every container gets to see (containers-mounts.conf(5)). */
#ifndef KELP_CLI_OPTIONS_DEFAULT_MOUNTS_H
#define KELP_CLI_OPTIONS_DEFAULT_MOUNTS_H

#include "engine/container/spec.h"

/* Mount what the lines of the file name, read-only: SOURCE[:TARGET], the source an absolute path.
 * Passed over are a file that is not there, a source that is not, and a target at which the user
 * has mounted something. file NULL: none. */
int default_mounts_fill(const char *file, struct container_spec *spec, struct error *err);

#endif
