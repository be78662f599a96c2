/* Making and removing pods. See pod.h for the layout and the order of things.
 *
 * As with containers, the directory is built in staging/ and renamed, then the name is reserved;
 * removing renames it away first.
 */
#include "engine/pod/pod.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"
#include "engine/pod/pod_record.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int bury(const struct store *store, const char *id, const char *name, struct error *err)
{
        AUTO_FREE char *path = path_join("pods", id);
        AUTO(staging) grave = STAGING_EMPTY;

        if (staging_create(store, "removed", &grave, err) < 0)
                return -1;
        if (renameat(store->root_fd, path, grave.dir_fd, id) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove pod %.12s", id);
        if (name)
                (void)names_free(store, name, id);
        return 0;
}

static int write_files(int dir_fd, const struct pod_spec *spec, struct error *err)
{
        AUTO_JSON json_t *json = pod_record_make(spec);
        AUTO_CLOSE int lock = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (lock < 0)
                return error_sys(err, errno, "create the pod's lock");
        return json_write_file(dir_fd, "config.json", json, 0600, err);
}

/* Until the pod appears, `system check --repair` takes the infra container for one that a crash
 * left. The lock keeps it out from here on. */
static int keep_infra(const struct store *store, const char *infra_id, int *lock_out,
                      struct error *err)
{
        AUTO_FREE char *path = infra_id ? path_join("containers", infra_id) : NULL;
        AUTO_CLOSE int lock = store_lock_shared(store, err);

        if (lock < 0)
                return -1;
        if (path && faccessat(store->root_fd, path, F_OK, 0) < 0)
                return error_set(err, ERROR_NOT_FOUND,
                                 "the pod's infra container %.12s was removed before the pod was "
                                 "there",
                                 infra_id);
        *lock_out = take_fd(&lock);
        return 0;
}

int pod_create(const struct store *store, const char *id, const struct pod_spec *spec,
               struct error *err)
{
        AUTO_FREE char *target = path_join("pods", id);
        AUTO(staging) staging = STAGING_EMPTY;
        AUTO_CLOSE int lock = -1;
        char owner[OBJECT_ID_LEN + 1] = "";
        int taken;

        if (keep_infra(store, spec->infra_id, &lock, err) < 0 ||
            staging_create(store, "pod", &staging, err) < 0 ||
            write_files(staging.dir_fd, spec, err) < 0 ||
            staging_publish(&staging, NULL, target, err) < 0)
                return -1;
        taken = names_reserve(store, spec->name, id, err);
        if (taken == 0)
                return 0;
        (void)bury(store, id, NULL, NULL);
        if (taken < 0)
                return -1;
        (void)names_find(store, spec->name, owner);
        error_set(err, ERROR_EXISTS,
                  "adding pod to state: name \"%s\" is in use by %.12s: pod already exists",
                  spec->name, owner);
        return error_cure(err, "remove that pod (kelp pod rm %s) or choose another name",
                          spec->name);
}

/* The lock is of the file that has the name; a pod that was renamed away meanwhile is gone. */
static int lock_pod(const struct store *store, const char *id, short type, struct error *err)
{
        AUTO_FREE char *path = xasprintf("pods/%s/lock", id);
        AUTO_CLOSE int fd = openat(store->root_fd, path, O_RDWR | O_CLOEXEC);
        struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
        int rc = -1;

        if (fd >= 0)
                do {
                        rc = fcntl(fd, F_OFD_SETLKW, &lock);
                } while (rc < 0 && errno == EINTR);
        if (rc == 0 && faccessat(store->root_fd, path, F_OK, 0) == 0)
                return take_fd(&fd);
        if (errno != ENOENT)
                return error_sys(err, errno, "lock the pod");
        return error_set(err, ERROR_NOT_FOUND, "no pod with name or ID %.12s found: no such pod",
                         id);
}

int pod_hold(const struct store *store, const char *id, struct error *err)
{
        return lock_pod(store, id, F_RDLCK, err);
}

/* ERROR_IN_USE when there is another one than the infra container. */
static int check_empty(const struct store *store, const struct pod *pod, struct error *err)
{
        AUTO(container_list) list = { 0 };
        AUTO(pod_members) members = { 0 };

        if (container_list_load(store, &list, err) < 0)
                return -1;
        pod_members_of(&list, pod->id, &members);
        for (size_t i = 0; i < members.count; i++)
                if (!members.items[i]->spec.infra)
                        return error_set(err, ERROR_IN_USE,
                                         "pod %s contains containers and cannot be removed: "
                                         "container already exists",
                                         pod->id);
        return 0;
}

/* *change_out keeps it from being started, until it is removed. */
static int hold_infra(const struct store *store, const struct pod *pod, struct container *infra_out,
                      int *change_out, struct error *err)
{
        struct error why = { 0 };

        if (!pod->spec.infra_id)
                return 0;
        if (container_lookup(store, pod->spec.infra_id, infra_out, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
        *change_out = state_lock_change(infra_out->dir_fd, err);
        if (*change_out < 0 || container_settle(infra_out, err) < 0)
                return -1;
        if (infra_out->state.status == CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE,
                                 "cannot remove container %s as it is running - running or paused "
                                 "containers cannot be removed without force: container state "
                                 "improper",
                                 infra_out->id);
        return 0;
}

int pod_remove(const struct store *store, const struct pod *pod, struct error *err)
{
        struct container infra = CONTAINER_EMPTY;
        AUTO_CLOSE int lock = lock_pod(store, pod->id, F_WRLCK, err);
        AUTO_CLOSE int change = -1;
        int rc = -1;

        if (lock >= 0 && check_empty(store, pod, err) == 0 &&
            hold_infra(store, pod, &infra, &change, err) == 0)
                rc = bury(store, pod->id, pod->spec.name, err);
        if (rc == 0)
                pod_event(store, pod, "remove");
        if (rc == 0 && infra.dir_fd >= 0)
                rc = container_remove_held(store, &infra, err);
        container_release(&infra);
        return rc;
}
