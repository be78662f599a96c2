/* kill, stop, wait, remove. See verbs.h.
 *
 * Processes are addressed by pidfd, and a pid from the state file counts only while its start time
 * is the recorded one: a pid that the kernel gave to somebody else is never signalled.
 */
#include "engine/container/verbs.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/signal.h"
#include "engine/container/container_event.h"
#include "engine/container/create.h"
#include "engine/container/external_of.h"
#include "engine/container/restart.h"
#include "engine/container/state.h"
#include "engine/runtime/cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

/* A pidfd of the container's init, or -1 when that process is gone. */
static int open_init(const struct container_state *state)
{
        AUTO_CLOSE int fd = -1;

        if (state->pid <= 0)
                return -1;
        fd = (int)syscall(SYS_pidfd_open, state->pid, 0);
        if (fd < 0 || state_process_start(state->pid) != state->pid_start)
                return -1;
        return take_fd(&fd);
}

static int send_signal(int pidfd, int signal)
{
        return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static bool has_ended(int pidfd)
{
        struct pollfd slot = { .fd = pidfd, .events = POLLIN };

        return poll(&slot, 1, 0) > 0;
}

/* Through the container's runtime. One that ends meanwhile is fine. */
static int signal_init(const struct store *store, const struct container *container, int pidfd,
                       int signal, struct error *err)
{
        AUTO(external_of) external = EXTERNAL_OF_EMPTY;

        if (!container->spec.runtime_path) {
                if (send_signal(pidfd, signal) < 0 && errno != ESRCH)
                        return error_sys(err, errno, "signal container %.12s", container->id);
                return 0;
        }
        if (external_of_running(store, container, &external, err) < 0 ||
            external_signal(&external.runtime, signal, err) < 0)
                return has_ended(pidfd) ? 0 : -1;
        return 0;
}

static int not_running(const struct container *container, const char *verb, struct error *err)
{
        return error_set(err, ERROR_STATE,
                         "can only %s running containers. %.12s is in state %s: container state "
                         "improper",
                         verb, container->id, container_status_name(&container->state));
}

int container_kill(const struct store *store, struct container *container, int signal,
                   struct error *err)
{
        AUTO_CLOSE int pidfd = -1;

        if (container_refresh(container, err) < 0)
                return -1;
        if (container->state.status == CONTAINER_RUNNING)
                pidfd = open_init(&container->state);
        if (pidfd < 0)
                return not_running(container, "kill", err);
        restart_mark_stopped(container);
        if (signal_init(store, container, pidfd, signal, err) < 0)
                return -1;
        container_event(store, container, "kill");
        return 0;
}

/* A monitor that was killed may leave its container's processes behind for a moment. */
static void kill_leftover(const struct container_state *state)
{
        AUTO_CLOSE int pidfd = open_init(state);

        if (pidfd >= 0) {
                (void)send_signal(pidfd, SIGKILL);
                poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 5000);
        }
        if (state->cgroup[0] && cgroup_kill(state->cgroup, SIGKILL, NULL) == 0)
                (void)cgroup_delete(state->cgroup, NULL);
}

static int end_within(const struct store *store, struct container *container, int signal,
                      int timeout_ms, struct error *err)
{
        AUTO_CLOSE int pidfd = open_init(&container->state);

        if (pidfd >= 0 && signal_init(store, container, pidfd, signal, err) < 0)
                return -1;
        return state_wait_end(container->dir_fd, timeout_ms, NULL, err);
}

static int stop(const struct store *store, struct container *container, int timeout,
                struct error *err)
{
        int seconds = timeout >= 0 ? timeout : container->spec.stop_timeout;
        int signal = SIGTERM, ended;
        AUTO_CLOSE int stopping = -1;

        if (container->state.status == CONTAINER_LOST)
                kill_leftover(&container->state);
        if (container->state.status != CONTAINER_RUNNING)
                return 0;
        if (container->state.paused)
                return error_set(err, ERROR_STATE,
                                 "can only stop created or running containers. %.12s is in state "
                                 "paused: container state improper",
                                 container->id);
        if (container->spec.stop_signal &&
            signal_parse(container->spec.stop_signal, &signal, err) < 0)
                return -1;
        stopping = state_lock_stop(container->dir_fd, err);
        if (stopping < 0)
                return -1;
        ended = seconds > 0 ? end_within(store, container, signal, seconds * 1000, err) : 0;
        if (ended == 0 && seconds > 0)
                log_warn("StopSignal %s failed to stop container %s in %d seconds, resorting to "
                         "SIGKILL",
                         signal_name(signal), container->spec.name, seconds);
        if (ended == 0)
                ended = end_within(store, container, SIGKILL, 30000, err);
        if (ended == 0)
                return error_set(err, ERROR_STATE, "container %.12s does not end", container->id);
        if (ended < 0)
                return -1;
        container_event(store, container, "stop");
        return 0;
}

int container_stop(const struct store *store, struct container *container, int timeout,
                   struct error *err)
{
        if (container_refresh(container, err) < 0 || restart_forbid(container, err) < 0)
                return -1;
        return stop(store, container, timeout, err);
}

int container_stop_for_restart(const struct store *store, struct container *container,
                               struct error *err)
{
        return container_refresh(container, err) < 0 ? -1 : stop(store, container, -1, err);
}

int container_wait(const struct store *store, struct container *container, int *exit_code_out,
                   struct error *err)
{
        int code = STATE_NO_RECORD;

        (void)store;
        if (container_refresh(container, err) < 0)
                return -1;
        if (container->state.status != CONTAINER_RUNNING) {
                *exit_code_out = container->state.exit_code;
                return 0;
        }
        if (state_wait_end(container->dir_fd, -1, &code, err) < 0)
                return -1;
        /* No record: the monitor was killed, and the container with it. */
        *exit_code_out = code != STATE_NO_RECORD ? code : 137;
        return 0;
}

/* With --rm: by its monitor, which has told so too. */
static bool has_removed_itself(const struct store *store, const struct container *container)
{
        AUTO_FREE char *path = path_join("containers", container->id);

        return container->spec.auto_remove && faccessat(store->root_fd, path, F_OK, 0) < 0 &&
               errno == ENOENT;
}

static int check_infra(const struct store *store, const struct container *container,
                       struct error *err)
{
        AUTO_FREE char *pod = container->spec.infra ? path_join("pods", container->spec.pod) : NULL;

        if (!pod || faccessat(store->root_fd, pod, F_OK, 0) < 0)
                return 0;
        error_set(err, ERROR_IN_USE,
                  "container %s is the infra container of pod %s and cannot be removed without "
                  "removing the pod",
                  container->id, container->spec.pod);
        return error_cure(err, "remove the pod: kelp pod rm %.12s", container->spec.pod);
}

int container_settle(struct container *container, struct error *err)
{
        if (container_refresh(container, err) < 0)
                return -1;
        for (int ms = 1;
             container->state.status != CONTAINER_RUNNING && state_alive(container->dir_fd);
             ms = ms < 10 ? ms + 1 : 10) {
                (void)poll(NULL, 0, ms);
                if (container_refresh(container, err) < 0)
                        return -1;
        }
        return 0;
}

int container_remove_held(const struct store *store, struct container *container, struct error *err)
{
        struct error why = { 0 };

        if (container->state.status == CONTAINER_LOST)
                kill_leftover(&container->state);
        if (container_settle(container, &why) < 0 && why.kind != ERROR_NOT_FOUND)
                return error_copy(err, &why);
        if (container->state.status == CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE, "container %.12s was started again",
                                 container->id);
        if (has_removed_itself(store, container))
                return 0;
        if (container_delete(store, container->id, container->spec.name, err) < 0)
                return -1;
        container_event(store, container, "remove");
        return 0;
}

int container_remove(const struct store *store, struct container *container, struct error *err)
{
        struct error why = { 0 };
        AUTO_CLOSE int change = -1;

        if (check_infra(store, container, err) < 0)
                return -1;

        if (container_refresh(container, &why) < 0)
                return has_removed_itself(store, container) ? 0 : error_copy(err, &why);
        if (container->state.status == CONTAINER_RUNNING) {
                error_set(err, ERROR_STATE,
                          "cannot remove container %s as it is %s - running or paused "
                          "containers cannot be removed without force: container state improper",
                          container->id, container_status_name(&container->state));
                return error_cure(err, "stop it first, or remove it by force: kelp rm -f %s",
                                  container->spec.name);
        }
        change = state_lock_change(container->dir_fd, NULL);
        return container_remove_held(store, container, err);
}
