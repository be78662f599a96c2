/* Being told what happens to a running container (runtime/cgroup_watch.h), and that it ended. */
#ifndef KELP_ENGINE_CONTAINER_CONTAINER_WATCH_H
#define KELP_ENGINE_CONTAINER_CONTAINER_WATCH_H

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/runtime/cgroup_watch.h"

#include <poll.h>

#define WATCH_NOTICES_MAX 16
#define WATCH_SLOTS_MAX   (WATCH_NOTICES_MAX + 1)

struct container_watch {
        uint64_t pid_start; /* of the run that is watched; 0: none */
        int init_fd;        /* pidfd */
        int cgroup_fd;
        int lock_fd; /* the exit record, which outlives the container's directory */
        struct cgroup_watch items[WATCH_NOTICES_MAX];
        size_t count;
};

#define CONTAINER_WATCH_EMPTY                                                                      \
        ((struct container_watch){ .init_fd = -1, .cgroup_fd = -1, .lock_fd = -1 })

void container_watch_release(struct container_watch *watch);

/* Watch the run that container->state tells of; nothing is done where that is watched already.
 * One that ended meanwhile is no failure: container_watch_ended(). At most WATCH_NOTICES_MAX
 * notices, which are to stay. ERROR_UNSUPPORTED: it has no cgroup of its own; else as
 * cgroup_watch_open(). */
int container_watch_run(struct container_watch *watch, const struct container *container,
                        const struct cgroup_notice *notices, size_t count, struct error *err);

/* What to poll(2) for: WATCH_SLOTS_MAX slots, those that are not used have fd -1. */
void container_watch_slots(const struct container_watch *watch, struct pollfd *slots);

/* The index of the first notice from `from` on that has come, or -1. slots as poll(2) left them,
 * NULL: without a poll. value_out: see cgroup_watch_met(); may be NULL. */
int container_watch_met(struct container_watch *watch, const struct pollfd *slots, size_t from,
                        uint64_t *value_out);

/* Nothing is watched, or the process is dead; its monitor may still be recording the end. */
bool container_watch_ended(const struct container_watch *watch);

/* The exit code of the run, where its end is recorded; else STATE_NO_RECORD. */
int container_watch_exit_code(const struct container_watch *watch, bool *oom_killed_out);

#endif
