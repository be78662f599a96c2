/* A container's cgroup and its first process, watched by whoever asks: `kelp wait`, `kelp events`.
 * See container_watch.h.
 *
 * A run begins with a cgroup and ends with it, so a watch is of one run: one that was started again
 * is watched anew. The counters go with the cgroup, moments after the last process; whether that
 * run met with an OOM kill is in its exit record, which the monitor makes before the cgroup goes.
 */
#include "engine/container/container_watch.h"

#include "base/cleanup.h"
#include "engine/container/state.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void container_watch_release(struct container_watch *watch)
{
        int fds[] = { watch->init_fd, watch->cgroup_fd, watch->lock_fd };

        for (size_t i = 0; i < watch->count; i++)
                cgroup_watch_release(&watch->items[i]);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                if (fds[i] >= 0)
                        close(fds[i]);
        *watch = CONTAINER_WATCH_EMPTY;
}

static int no_cgroup(const struct container *container, struct error *err)
{
        const char *mode = container->spec.cgroups;

        error_set(
                err, ERROR_UNSUPPORTED,
                "container %s has no cgroup of its own, which would know of its memory and stalls",
                container->spec.name);
        if (mode && strcmp(mode, "disabled") == 0)
                return error_cure(err, "make it without --cgroups=disabled");
        return error_cure(err, "kelp doctor tells what it takes");
}

static int open_notices(struct container_watch *watch, const struct cgroup_notice *notices,
                        size_t count, struct error *err)
{
        for (size_t i = 0; i < count && i < WATCH_NOTICES_MAX; i++) {
                if (cgroup_watch_open(watch->cgroup_fd, &notices[i], &watch->items[i], err) < 0)
                        return -1;
                watch->count++;
        }
        return 0;
}

/* 1: it has ended. */
static int open_run(struct container_watch *watch, const struct container *container,
                    struct error *err)
{
        const struct container_state *state = &container->state;

        watch->lock_fd = state_open_record(container->dir_fd);
        watch->init_fd = (int)syscall(SYS_pidfd_open, state->pid, 0);
        if (watch->init_fd < 0 || state_process_start(state->pid) != state->pid_start)
                return 1;
        watch->cgroup_fd = cgroup_open(state->cgroup);
        if (watch->cgroup_fd < 0 && errno == ENOENT)
                return 1;
        if (watch->cgroup_fd < 0)
                return error_sys(err, errno, "cgroup of container %s", container->spec.name);
        return 0;
}

int container_watch_run(struct container_watch *watch, const struct container *container,
                        const struct cgroup_notice *notices, size_t count, struct error *err)
{
        struct container_watch fresh = CONTAINER_WATCH_EMPTY;
        struct error why = { 0 };
        int rc;

        if (watch->pid_start && watch->pid_start == container->state.pid_start)
                return 0;
        if (!container->state.cgroup[0])
                return no_cgroup(container, err);
        rc = open_run(&fresh, container, &why);
        if (rc == 0)
                rc = open_notices(&fresh, notices, count, &why);
        if (rc < 0 && container_watch_ended(&fresh))
                rc = 1; /* its files went while we opened them */
        if (rc != 0) {
                container_watch_release(&fresh);
                return rc < 0 ? error_copy(err, &why) : 0;
        }
        fresh.pid_start = container->state.pid_start;
        container_watch_release(watch);
        *watch = fresh;
        return 0;
}

void container_watch_slots(const struct container_watch *watch, struct pollfd *slots)
{
        for (size_t i = 0; i < WATCH_SLOTS_MAX; i++)
                slots[i] = (struct pollfd){ .fd = -1 };
        slots[0] = (struct pollfd){ .fd = watch->init_fd, .events = POLLIN };
        for (size_t i = 0; i < watch->count; i++)
                slots[i + 1] = (struct pollfd){ .fd = watch->items[i].fd, .events = POLLPRI };
}

int container_watch_met(struct container_watch *watch, const struct pollfd *slots, size_t from,
                        uint64_t *value_out)
{
        for (size_t i = from; i < watch->count; i++)
                if (cgroup_watch_met(&watch->items[i], slots && (slots[i + 1].revents & POLLPRI),
                                     value_out))
                        return (int)i;
        return -1;
}

bool container_watch_ended(const struct container_watch *watch)
{
        struct pollfd slot = { .fd = watch->init_fd, .events = POLLIN };

        return watch->init_fd < 0 || poll(&slot, 1, 0) > 0;
}

int container_watch_exit_code(const struct container_watch *watch, bool *oom_killed_out)
{
        *oom_killed_out = false;
        return watch->lock_fd < 0 ? STATE_NO_RECORD
                                  : state_exit_record(watch->lock_fd, oom_killed_out);
}
