/* A container's user namespace: out of what the user asked for, and again for every later verb. */
#ifndef KELP_ENGINE_CONTAINER_USERNS_OF_H
#define KELP_ENGINE_CONTAINER_USERNS_OF_H

#include "base/error.h"
#include "engine/container/spec.h"
#include "engine/container/userns_mode.h"
#include "engine/state/store.h"
#include "rootless/userns.h"

/* As the options said it; all NULL or empty: the default. */
struct userns_request {
        const char *mode; /* --userns */
        struct strv uid_map, gid_map;
        const char *subuid_name, *subgid_name;
};

/* A new container's: spec->userns, uid_map, gid_map, and with keep-id spec->user where there is
 * none. For "auto" the plan is the default namespace: its ids are chosen when the image is known
 * (userns_auto.h). *mode_out: for that; to release. ERROR_USAGE: the options contradict each other.
 */
int userns_of_new(const struct store *store, const struct userns_request *request,
                  struct container_spec *spec, struct userns_mode *mode_out,
                  struct userns_plan *plan_out, struct error *err);

/* A new container's that is to have the same map as one that is there, as its spec says it:
 * spec->userns, uid_map, gid_map. */
int userns_of_same(const struct store *store, const struct container_spec *other,
                   struct container_spec *spec, struct userns_plan *plan_out, struct error *err);

/* Of a container that is there, to start it. ERROR_STATE: the container whose namespace it shares
 * does not run. */
int userns_of_container(const struct store *store, const struct container_spec *spec,
                        struct userns_plan *plan_out, struct error *err);

/* The map that a process in the plan's namespace sees the container's owners through; NULL: as they
 * are. */
const struct id_maps *userns_of_owners(const struct userns_plan *plan);

/* The same for this process, which is in the default namespace: all files of all containers can be
 * reached from there. False: as they are. */
bool userns_of_translates(const struct container_spec *spec, struct id_maps *maps_out);

/* Is the group one of the container's? */
bool userns_of_has_gid(const struct userns_plan *plan, gid_t gid);

/* The ids that the container's root has for a process in the plan's namespace. False: none. */
bool userns_of_root(const struct userns_plan *plan, uint32_t *uid_out, uint32_t *gid_out);

/* What is root's in the container becomes so: its upper directory (-1: it was at an earlier start,
 * and may be somebody else's by now), and the files that are laid over the image's. The ids are
 * mapped. */
void userns_of_give_root(const struct userns_plan *plan, int dir_fd, int files_fd);

/* Write maps into a spec. */
void userns_of_note(struct container_spec *spec, const struct id_maps *maps);

#endif
