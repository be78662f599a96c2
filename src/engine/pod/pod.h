/* Pods: containers that live and end together, some in the namespaces of an infra container.
 *
 *     pods/ID/config.json   what the pod is to be (pod_spec, JSON), written once
 *            /lock          held shared by who adds a container, exclusive by who removes the pod
 *     names/NAME            a symbolic link to the ID (state/names.h)
 *
 * Nothing is kept about its containers: they are those whose spec names the pod. The infra
 * container is made before the pod appears and goes after it, so that a crash leaves at most an
 * infra container without a pod, which `rm` takes and `system check` tells.
 */
#ifndef KELP_ENGINE_POD_POD_H
#define KELP_ENGINE_POD_POD_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/namespaces_of.h"
#include "engine/state/store.h"

#define POD_EXIT_CONTINUE "continue"
#define POD_EXIT_STOP     "stop" /* the last container's end ends the pod */

struct pod_spec {
        char *name;
        int64_t created_ns; /* CLOCK_REALTIME */
        struct strv labels; /* "key=value" */
        char *hostname;     /* as asked for, or NULL */
        char *infra_id;     /* NULL: the pod has none, and shares nothing */
        bool share[SHARED_KINDS];
        bool share_user;   /* the infra container's user namespace was chosen by --userns */
        char *exit_policy; /* POD_EXIT_... */
        char *restart_policy;
        int restart_retries;
        struct strv create_command; /* for inspect */
        /* What each container gets, beside what it asks for. */
        json_t *mounts;                              /* container_mounts_to_json(), or NULL */
        struct strv volumes_from, devices, security; /* as options of run */
};

struct pod {
        char id[OBJECT_ID_LEN + 1];
        struct pod_spec spec;
};

void pod_spec_release(struct pod_spec *spec);
void pod_release(struct pod *pod);

/* By name, ID, or unique ID prefix. ERROR_NOT_FOUND: no pod with name or ID x found: no such pod
 * (podman's sentence). */
int pod_lookup(const struct store *store, const char *name, struct pod *pod_out, struct error *err);

/* All of them, newest first. Those that vanish meanwhile are skipped; the names of directories
 * whose record cannot be read are in `damaged`. */
struct pod_list {
        struct pod *items;
        size_t count;
        struct strv damaged;
};
void pod_list_release(struct pod_list *list);
int pod_list_load(const struct store *store, struct pod_list *list_out, struct error *err);

/* Publish a pod. ERROR_EXISTS when the name is taken; ERROR_NOT_FOUND: its infra container is not
 * there. The spec stays the caller's. */
int pod_create(const struct store *store, const char *id, const struct pod_spec *spec,
               struct error *err);

/* For as long as a container is added: a descriptor that keeps the pod from being removed.
 * ERROR_NOT_FOUND: it is gone. */
int pod_hold(const struct store *store, const char *id, struct error *err);

/* Remove a pod that has no containers but its infra container, which goes too and does not run.
 * ERROR_IN_USE: it has others. This process is in the user namespace. */
int pod_remove(const struct store *store, const struct pod *pod, struct error *err);

/* Those of the list that belong to the pod, the infra container first, then in the order in which
 * they were made. The array is the caller's to free, its items are the list's. */
struct pod_members {
        const struct container **items;
        size_t count;
};
void pod_members_release(struct pod_members *members);
void pod_members_of(const struct container_list *list, const char *id,
                    struct pod_members *members_out);

/* "Created", "Running", "Degraded", "Paused", "Exited", "Stopped", "Error": what comes of the
 * states of its containers, as podman computes it. */
const char *pod_status(const struct pod_members *members);

/* "create", "start", "stop", "kill", "pause", "unpause", "remove". */
void pod_event(const struct store *store, const struct pod *pod, const char *status);

#endif
