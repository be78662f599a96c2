/* Which OCI runtime a new container gets: --runtime, else containers.conf(5), else kelp's own. */
#ifndef KELP_ENGINE_CONTAINER_RUNTIME_CHOICE_H
#define KELP_ENGINE_CONTAINER_RUNTIME_CHOICE_H

#include "base/error.h"

struct runtime_choice {
        char *name; /* as it was named; NULL: kelp's own */
        char *path; /* of its program */
};

void runtime_choice_release(struct runtime_choice *choice);

/* named: a path, a name, or NULL: what [engine] runtime says. "kelp" is kelp's own. A name is
 * looked for in [engine.runtimes], then in $PATH. ERROR_NOT_FOUND when there is no such program. */
int runtime_choice_make(const char *named, struct runtime_choice *choice_out, struct error *err);

#endif
