/* pause, unpause: the container's cgroup is frozen, and its state says so. The state is written
 * while the container cannot end by itself: after the freeze, before the thaw. */
#include "engine/container/verbs.h"

#include "base/cleanup.h"
#include "engine/container/container_event.h"
#include "engine/container/external_of.h"
#include "engine/container/state.h"
#include "engine/runtime/cgroup.h"

static int no_cgroup(const struct container *container, const char *verb, struct error *err)
{
        error_set(err, ERROR_UNSUPPORTED,
                  "cannot %s container %.12s: this container does not have a cgroup", verb,
                  container->id);
        return error_cure(err, "kelp doctor says what is missing for containers to have one");
}

static int set_paused(struct container *container, bool paused, struct error *err)
{
        container->state.paused = paused;
        return state_write(container->dir_fd, &container->state, err);
}

static int freeze(const struct store *store, const struct container *container, bool frozen,
                  struct error *err)
{
        AUTO(external_of) external = EXTERNAL_OF_EMPTY;

        if (!container->spec.runtime_path)
                return cgroup_freeze(container->state.cgroup, frozen, err);
        if (external_of_running(store, container, &external, err) < 0)
                return -1;
        return external_pause(&external.runtime, frozen, err);
}

int container_pause(const struct store *store, struct container *container, struct error *err)
{
        AUTO_CLOSE int change = state_lock_change(container->dir_fd, err);

        if (change < 0 || container_refresh(container, err) < 0)
                return -1;
        if (container->state.status == CONTAINER_RUNNING && container->state.paused)
                return error_set(err, ERROR_STATE,
                                 "\"%s\" is already paused: container state improper",
                                 container->id);
        if (container->state.status != CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE,
                                 "\"%s\" is not running, can't pause: container state improper",
                                 container_status_name(&container->state));
        if (!container->state.cgroup[0])
                return no_cgroup(container, "pause", err);
        if (freeze(store, container, true, err) < 0)
                return -1;
        if (set_paused(container, true, err) < 0)
                return -1;
        container_event(store, container, "pause");
        return 0;
}

int container_unpause(const struct store *store, struct container *container, struct error *err)
{
        AUTO_CLOSE int change = state_lock_change(container->dir_fd, err);

        if (change < 0 || container_refresh(container, err) < 0)
                return -1;
        if (container->state.status != CONTAINER_RUNNING || !container->state.paused)
                return error_set(err, ERROR_STATE,
                                 "\"%s\" is not paused, can't unpause: container state improper",
                                 container->id);
        if (set_paused(container, false, err) < 0)
                return -1;
        if (freeze(store, container, false, err) < 0)
                return -1;
        container_event(store, container, "unpause");
        return 0;
}
