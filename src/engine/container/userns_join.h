/* User namespaces that are there already: another container's, or one by path. */
#ifndef KELP_ENGINE_CONTAINER_USERNS_JOIN_H
#define KELP_ENGINE_CONTAINER_USERNS_JOIN_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/container/userns_mode.h"
#include "engine/state/store.h"

/* Turn a plan of userns_plan() into one that enters the namespace of mode->target
 * (USERNS_CONTAINER, USERNS_PATH); the spec gets its map, and of a container its whole ID. This
 * process has not entered any yet. ERROR_STATE: the container does not run. ERROR_UNSUPPORTED: a
 * namespace whose ids are not all of the caller's default one. */
int userns_join(const struct store *store, const struct userns_mode *mode,
                struct container_spec *spec, struct userns_plan *plan, struct error *err);

/* The same for a namespace that is open; path: where the container's first process finds it, used
 * when it lies two below ours. */
int userns_join_fd(int user_fd, const char *path, struct userns_plan *plan, struct error *err);

/* Does a plan that joins one join this one? */
bool userns_join_is(const struct userns_plan *plan, int user_fd);

#endif
