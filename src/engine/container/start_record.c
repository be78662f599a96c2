/* What becomes of a start: its state, its exit record, its events, and with --rm its end. See
 * start_parts.h. The order at an end: what was made outside is undone, the end is recorded, then
 * told, then the lock is let go, which is what `wait`, `start` and `rm` wait for.
 *
 * Before the kernel unmounts an overlay that is not volatile, it writes to the disk all that is not
 * there yet of the file system below it: whatever a neighbour has just written, too. The monitor
 * has a descriptor of the root, so that it alone waits for this, and not the container's last
 * process, whose end everybody waits for. Who mounts the root again waits for the monitor
 * (state_lock_alive()).
 */
#include "engine/container/start_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/container/container_event.h"
#include "engine/container/create.h"
#include "engine/container/mounts.h"
#include "engine/container/notify.h"
#include "engine/container/phases.h"
#include "engine/container/remove_image.h"
#include "engine/container/state.h"
#include "engine/container/volumes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell_started(struct start *start)
{
        const char *statuses[] = { "restart", "init", "start", NULL };
        bool created = start->options->created && start->restarts == 0;

        if (created)
                statuses[0] = "create";
        container_events(start->store, start->container,
                         statuses + (created || start->restarts > 0 ? 0 : 1), NULL);
        start->told = true;
}

static void tell_failed(const struct start *start, int exit_code)
{
        const char *removed = start->container->spec.auto_remove ? "remove" : NULL;

        if (start->told)
                container_events(start->store, start->container,
                                 (const char *const[]){ "died", "cleanup", removed, NULL },
                                 &exit_code);
        else if (start->options->created && start->restarts == 0)
                container_events(start->store, start->container,
                                 (const char *const[]){ "create", removed, NULL }, NULL);
        else if (removed)
                container_event(start->store, start->container, removed);
}

static struct container_limit limit_now(__rlimit_resource_t resource)
{
        struct rlimit limit = { 0 };

        (void)getrlimit(resource, &limit);
        return (struct container_limit){ .soft = limit.rlim_cur, .hard = limit.rlim_max };
}

int start_record_started(void *data, pid_t pid, struct error *err)
{
        struct start *start = data;
        struct container_state state = { .status = CONTAINER_RUNNING,
                                         .pid = pid,
                                         .monitor_pid = getpid(),
                                         .pid_start = state_process_start(pid),
                                         .started_ns = clock_now_ns(),
                                         .restarts = start->restarts,
                                         .files = limit_now(RLIMIT_NOFILE),
                                         .processes = limit_now(RLIMIT_NPROC),
                                         .driver = start->container->state.driver };

        memcpy(state.driver_reason, start->container->state.driver_reason,
               sizeof(state.driver_reason));
        if (start->cgroup.path)
                snprintf(state.cgroup, sizeof(state.cgroup), "%s", start->cgroup.path);
        start->container->state = state;
        if (state_write(start->container->dir_fd, &state, err) < 0)
                return -1;
        if (start->change_fd >= 0)
                close(take_fd(&start->change_fd));
        tell_started(start);
        return 0;
}

/* A hook that fails then changes nothing any more (runtime-spec, runtime.md). */
static void run_hooks(const struct start *start, enum hook_kind kind, const char *status)
{
        AUTO_FREE char *state = NULL;
        struct error why = { 0 };

        if (!start->identity)
                return;
        state = hooks_state(start->identity, status,
                            kind == HOOK_POSTSTART ? start->container->state.pid : 0);
        if (hooks_run(&start->plan.hooks, kind, state, NULL, &why) < 0)
                log_warn("%s, continuing", why.text);
}

/* A program that has ended already, or one that may not be looked into, has its root unmounted at
 * its end. */
static void keep_root(struct start *start)
{
        char path[64];

        if (start->rootfs.disposable || start->rootfs.bare ||
            start->container->state.driver != STORAGE_OVERLAY)
                return;
        snprintf(path, sizeof(path), "/proc/%d/root", (int)start->container->state.pid);
        start->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void start_record_running(void *data)
{
        struct start *start = data;

        keep_root(start);
        notify_started(&start->container->spec);
        run_hooks(start, HOOK_POSTSTART, "running");
}

/* --rootfs DIR:O: they are for one run. */
static void drop_changes(const struct start *start)
{
        static const char *const dirs[] = { "upper", "work" };
        const int dir_fd = start->container->dir_fd;
        struct stat st;

        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
                if (fstatat(dir_fd, dirs[i], &st, 0) == 0 &&
                    path_remove_tree(dir_fd, dirs[i], NULL) == 0)
                        (void)mkdirat(dir_fd, dirs[i], st.st_mode & 07777);
}

/* What the start made outside the container's directory. */
static void undo(struct start *start)
{
        slirp_stop(&start->slirp);
        if (start->external.path)
                external_delete(&start->external);
        root_driver_undo(&start->driver);
        if (start->external.path || start->userns->nested)
                (void)umount2(start->plan.root, MNT_DETACH);
        if (start->prepare_mounts)
                mounts_undo(start->store, start->container);
        if (start->cgroup.path)
                (void)cgroup_delete(start->cgroup.path, NULL);
        (void)unlinkat(start->files_fd, "attach", 0);
        if (start->container->spec.rootfs_overlay)
                drop_changes(start);
}

static void record(struct start *start, int exit_code, bool oom_killed, const char *why)
{
        struct container_state state;

        if (state_read(start->container->dir_fd, &state, NULL) < 0)
                state = start->container->state;
        /* Our own lock is held, so what was read is what was last written. */
        state.status = CONTAINER_EXITED;
        state.exit_code = exit_code;
        state.oom_killed = oom_killed;
        state.paused = false;
        state.cgroup[0] = '\0';
        state.pid = 0;
        state.monitor_pid = 0;
        state.finished_ns = clock_now_ns();
        snprintf(state.error, sizeof(state.error), "%s", why);
        start->container->state = state;
        (void)state_write(start->container->dir_fd, &state, NULL);
        state_record_exit(start->alive_fd, exit_code, oom_killed);
}

/* All is recorded: whoever is told now finds the container ended, and may start or remove it. */
static void let_go(struct start *start)
{
        if (start->root_fd >= 0)
                state_unlock_alive(start->alive_fd);
        else
                close(take_fd(&start->alive_fd));
}

/* Takes as long as the disk does. */
static void unmount_root(struct start *start)
{
        if (start->root_fd < 0)
                return;
        close(take_fd(&start->root_fd));
        close(take_fd(&start->alive_fd));
}

void start_record_oom(void *data, uint64_t kills)
{
        struct start *start = data;

        if (kills > start->oom_kills)
                container_oom_event(start->store, start->container, kills);
        start->oom_kills = kills;
}

void start_record_exited(void *data, int exit_code)
{
        struct start *start = data;
        const struct container_spec *spec = &start->container->spec;
        uint64_t kills = start->cgroup.fd >= 0 ? cgroup_oom_kills(start->cgroup.fd) : 0;
        bool buried, oom_killed = kills > 0;

        phases_mark("exited");
        start->container->state.exit_code = exit_code; /* of the monitor, too */
        if (oom_killed)
                start_record_oom(start, kills);
        undo(start);
        run_hooks(start, HOOK_POSTSTOP, "stopped");
        if (spec->auto_remove)
                state_record_exit(start->alive_fd, exit_code, oom_killed);
        buried = spec->auto_remove && container_bury(start->store, start->container->id, spec->name,
                                                     &start->grave, NULL) == 0;
        if (buried)
                container_volumes_bury(start->store, spec, &start->grave);
        else
                record(start, exit_code, oom_killed, "");
        container_events(start->store, start->container,
                         (const char *const[]){ "died", "cleanup", buried ? "remove" : NULL, NULL },
                         &exit_code);
        let_go(start);
        phases_mark("recorded");
}

void start_tidy_up(void *data)
{
        struct start *start = data;
        AUTO_FREE char *relative = path_join("containers", start->container->id);

        unmount_root(start);
        if (!start->container->spec.auto_remove)
                return;
        (void)path_remove_tree(start->store->run_fd, relative, NULL);
        staging_release(&start->grave);
        (void)container_remove_image(start->store, &start->container->spec, NULL);
}

/* podman keeps a container whose program could not be started, as "created" or "exited"; with
 * --rm it goes. */
void start_record_failed(void *data, const struct error *why)
{
        struct start *start = data;

        undo(start);
        record(start, error_exit_code(why), false, why->text);
        if (start->container->spec.auto_remove) {
                (void)container_delete(start->store, start->container->id,
                                       start->container->spec.name, NULL);
                container_volumes_remove(start->store, &start->container->spec);
        }
        tell_failed(start, error_exit_code(why));
        let_go(start);
}
