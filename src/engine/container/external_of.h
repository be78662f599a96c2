/* A container whose spec names another OCI runtime: what runtime/external.h needs, out of what is
 * recorded. */
#ifndef KELP_ENGINE_CONTAINER_EXTERNAL_OF_H
#define KELP_ENGINE_CONTAINER_EXTERNAL_OF_H

#include "base/error.h"
#include "base/json.h"
#include "engine/container/container.h"
#include "engine/runtime/external.h"
#include "rootless/userns.h"

struct external_of {
        struct external_runtime runtime; /* path NULL: kelp's own */
        char *dir;
};

#define EXTERNAL_OF_EMPTY ((struct external_of){ .runtime = { .dir_fd = -1, .holder_fd = -1 } })

void external_of_release(struct external_of *external);

/* "kelp", or the other runtime as it was named. */
const char *external_of_name(const struct container_spec *spec);

/* Of a running container, for a process outside: its monitor holds the namespaces. The container
 * must outlive *external_out. */
int external_of_running(const struct store *store, const struct container *container,
                        struct external_of *external_out, struct error *err);

/* For its monitor. files_dir, files_fd: the container's directory below the run root; borrowed. */
void external_of_start(const struct container *container, const char *files_dir, int files_fd,
                       struct external_runtime *runtime_out);

/* What cannot be had with another runtime: ERROR_UNSUPPORTED. manager: of the cgroup. */
int external_of_check(const struct container_spec *spec, const struct userns_plan *plan,
                      enum cgroup_manager manager, struct error *err);

#endif
