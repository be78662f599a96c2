/* Starting a container; the parts are in start_parts.h. Everything that can be prepared is prepared
 * in the command, while the helpers write the id maps; then the monitor is forked, and what needs
 * it comes in as its hooks.
 */
#include "engine/container/start_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/attach.h"
#include "engine/container/container_event.h"
#include "engine/container/external_bundle.h"
#include "engine/container/health_timer.h"
#include "engine/container/infra.h"
#include "engine/container/journal.h"
#include "engine/container/notify.h"
#include "engine/container/phases.h"
#include "engine/container/restart.h"
#include "engine/container/secrets.h"
#include "engine/container/state.h"
#include "engine/monitor/log_writer.h"
#include "engine/monitor/monitor.h"
#include "engine/monitor/protocol.h"

#include <assert.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void start_release(struct start *start)
{
        int *fds[] = { &start->files_fd,  &start->root_fd,   &start->alive_fd,
                       &start->listen_fd, &start->change_fd, &start->notify_fd };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                if (*fds[i] >= 0)
                        close(*fds[i]);
        rootfs_release(&start->rootfs);
        accounts_release(&start->accounts);
        launch_plan_release(&start->plan);
        cgroup_release(&start->cgroup);
        log_place_release(&start->log);
        json_decref(start->spec);
        json_decref(start->identity);
        free(start->files_dir);
        free(start->cgroup_before);
        free(start->journal);
}

static void start_init(struct start *start, const struct store *store, struct container *container,
                       const struct userns_plan *plan, const struct start_options *options)
{
        *start = (struct start){ .store = store,
                                 .container = container,
                                 .userns = plan,
                                 .driver = { .rootfs = &start->rootfs,
                                             .container = container,
                                             .recorded = plan->rung == USERNS_SINGLE },
                                 .slirp = SLIRP_EMPTY,
                                 .files_fd = -1,
                                 .alive_fd = -1,
                                 .root_fd = -1,
                                 .cgroup = CGROUP_EMPTY,
                                 .log = LOG_PLACE_EMPTY,
                                 .options = options,
                                 .change_fd = -1,
                                 .listen_fd = -1,
                                 .notify_fd = -1,
                                 .grave = STAGING_EMPTY };
}

static int hook_start_cgroup(void *data, pid_t pid, struct error *err)
{
        struct start *start = data;

        return cgroup_send(&start->cgroup, pid, err);
}

static int hook_wait_cgroup(void *data, pid_t pid, struct error *err)
{
        struct start *start = data;
        int rc = cgroup_settle(&start->cgroup, pid, err);

        phases_mark("cgroup entered");
        return rc;
}

static int hook_write_bundle(void *data, struct error *err)
{
        struct start *start = data;

        if (container_secrets_add(start->container, json_object_get(start->spec, "process"), NULL,
                                  err) < 0)
                return -1;
        start->external.cgroup = start->cgroup.path != NULL;
        return external_bundle_write(&start->external, start->spec, start->cgroup.path, err);
}

static int hook_start_network(void *data, pid_t pid, int network_fd, struct error *err)
{
        struct start *start = data;
        const struct container_spec *spec = &start->container->spec;

        if (spec->network != NETWORK_SLIRP4NETNS)
                return 0;
        return slirp_start(pid, network_fd, spec, start->files_fd, &start->slirp, err);
}

static int hook_wait_network(void *data, struct error *err)
{
        struct start *start = data;
        const struct container_spec *spec = &start->container->spec;
        int rc = 0;

        phases_mark("root built");
        if (spec->network == NETWORK_SLIRP4NETNS)
                rc = slirp_wait_ready(&start->slirp, spec, 30000, err);
        phases_mark("network up");
        return rc;
}

static int make_listen_socket(struct start *start, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        /* Through /proc, because the path itself may be longer than 108 bytes. */
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/attach",
                 start->files_fd);
        (void)unlinkat(start->files_fd, "attach", 0);
        start->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (start->listen_fd < 0 ||
            bind(start->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(start->listen_fd, 16) < 0)
                return error_sys(err, errno, "create the attach socket");
        return 0;
}

static int make_cgroup(struct start *start, struct error *err)
{
        struct container *container = start->container;

        if (start->cgroup_before)
                return cgroup_of_again(container->id, start->spec, &start->cgroup, err);
        return cgroup_of_create(&container->spec, container->id, start->spec, start->cgroup.manager,
                                start->options->cgroup_manager, start->userns->caller_uid,
                                &start->cgroup, err);
}

static int open_log(struct start *start, struct error *err)
{
        const struct container *container = start->container;

        switch (log_driver_of(&container->spec)) {
        case LOG_DRIVER_FILE:
                return log_place_open(container, &start->log, err);
        case LOG_DRIVER_JOURNALD:
                start->journal = journal_fields(container, start->options->log_fields);
                break;
        case LOG_DRIVER_NONE:
        case LOG_DRIVER_PASSTHROUGH:
                break;
        }
        return 0;
}

static int prepare(struct start *start, struct error *err)
{
        struct container *container = start->container;

        if (start_plan(start, err) < 0 || make_listen_socket(start, err) < 0 ||
            notify_open(&container->spec, start->files_fd, &start->notify_fd, err) < 0)
                return -1;
        if (open_log(start, err) < 0)
                return -1;
        /* Last: it is the first thing that is made outside of the container's directories. */
        if (make_cgroup(start, err) < 0)
                return -1;
        /* The monitor, which is forked next, is to be small. */
        if (!start->external.path)
                json_decref(take_ptr(start->spec));
        return 0;
}

static void watch_notify(void *data, int fd)
{
        const struct start *start = data;

        notify_pass(&start->container->spec, fd);
}

static void run_once(struct start *start, int client_fd, bool attach)
{
        const struct container_spec *spec = &start->container->spec;
        int keep[] = { start->store->root_fd, start->store->run_fd, start->container->dir_fd,
                       start->alive_fd,       start->files_fd,      start->entry->sync_fd,
                       start->cgroup.bus.fd,  start->change_fd };
        struct health_timer health = { .store = start->store, .container = start->container };
        struct monitor_request request = {
                .plan = &start->plan,
                .external = start->external.path ? &start->external : NULL,
                .hooks = { .data = start,
                           .prepare = start_prepare_root,
                           .mount_root = start->userns->nested ? NULL : start_mount_root,
                           .wait_mapped = start_wait_mapped,
                           .start_cgroup = hook_start_cgroup,
                           .wait_cgroup = hook_wait_cgroup,
                           .start_network = hook_start_network,
                           .wait_network = hook_wait_network,
                           .write_bundle = hook_write_bundle,
                           .started = start_record_started,
                           .running = start_record_running,
                           .exited = start_record_exited,
                           .tidy_up = start_tidy_up,
                           .oom = start_record_oom,
                           .failed = start_record_failed },
                .cgroup_fd = &start->cgroup.fd,
                .memory_limit = json_object_get(spec->resources, "memory") != NULL,
                .log_dir_fd = start->log.dir_fd,
                .log_name = start->log.name,
                .journal = start->journal,
                .passthrough =
                        start->restarts == 0 && log_driver_of(spec) == LOG_DRIVER_PASSTHROUGH,
                .log_max = spec->log_size > 0 ? (uint64_t)spec->log_size : LOG_FILE_MAX,
                .client_fd = client_fd,
                .client_output = attach,
                .listen_fd = start->listen_fd,
                .interactive = spec->interactive,
                .timer = health_timer_of(&health),
                .timeout_ms = (int64_t)spec->timeout * 1000,
                .preserve = start->restarts == 0 ? start->options->preserve : NULL,
                .watch = { .fd = start->notify_fd, .ready = watch_notify, .data = start },
                .identity = start->identity,
                .keep_fds = keep,
                .keep_count = ARRAY_SIZE(keep),
        };

        monitor_run(&request);
}

/* The monitor may be in its scope or leaf still, so that only the container's part is made again.
 */
static char *cgroup_left(const struct start *start)
{
        const char *path = start->cgroup.path;
        AUTO_FREE char *parent = path ? xstrndup(path, (size_t)(strrchr(path, '/') - path)) : NULL;

        return parent && access(parent, F_OK) == 0 ? xstrdup(path) : NULL;
}

/* After an end: as before a start, and with no descriptor of the run that was. */
static void begin_anew(struct start *start)
{
        int keep[] = { start->store->root_fd, start->store->run_fd, start->container->dir_fd };
        struct userns_entry *entry = start->entry;
        char *cgroup = cgroup_left(start);
        bool own_mounts = start->own_mounts;

        start_release(start);
        fd_close_except(keep, ARRAY_SIZE(keep));
        start_init(start, start->store, start->container, start->userns, start->options);
        start->entry = entry;
        start->cgroup_before = cgroup;
        start->own_mounts = own_mounts;
}

/* Does not return into the command that was forked. */
static _Noreturn void run_monitor(struct start *start, int client_fd, bool attach)
{
        struct container *container = start->container;
        struct error err = { 0 };
        int delay_ms = 0, change_fd;

        run_once(start, client_fd, attach);
        while (!container->spec.auto_remove) {
                begin_anew(start);
                delay_ms = restart_next_delay(delay_ms, container->state.finished_ns -
                                                                container->state.started_ns);
                if (!restart_await(start->store, container, delay_ms, &change_fd))
                        break;
                start->change_fd = change_fd;
                start->restarts = container->state.restarts + 1;
                if (prepare(start, &err) < 0) {
                        if (start->alive_fd >= 0)
                                start_record_failed(start, &err);
                        break;
                }
                run_once(start, -1, false);
        }
        infra_stop_if_alone(start->store, &container->spec);
        /* A service whose main process this is (notify.h) goes by it. */
        _exit(container->state.exit_code);
}

int container_prepare(const struct store *store, struct container *container,
                      const struct userns_plan *plan, const struct start_options *options,
                      struct error *err)
{
        AUTO(start) start;

        start_init(&start, store, container, plan, options);
        if (start_plan(&start, err) < 0)
                return -1;
        container->state.status = CONTAINER_INITIALIZED;
        container_event(store, container, "init");
        return state_write(container->dir_fd, &container->state, err);
}

/* The monitor could not be forked. */
static int give_up(struct start *start)
{
        if (start->cgroup.path)
                (void)cgroup_delete(start->cgroup.path, NULL);
        return -1;
}

int container_start(const struct store *store, struct container *container,
                    const struct userns_plan *plan, struct userns_entry *entry,
                    const struct start_options *options, int *socket_out, struct error *err)
{
        AUTO(start) start;
        int pair[2];
        pid_t pid;

        /* The container's own, if any, is in its spec: helpers and other runtimes are not to have
         * it.
         */
        (void)unsetenv("NOTIFY_SOCKET");
        start_init(&start, store, container, plan, options);
        restart_allow(container);
        start.entry = entry;
        /* A container that sees us is to find us closed (launch_hide()), with no helper of the maps
         * still at work on us. */
        if (prepare(&start, err) < 0)
                return -1;
        if (!(start.plan.clone_flags & CLONE_NEWPID) && start_finish_userns(&start, err) < 0)
                return give_up(&start);
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                error_sys(err, errno, "create socket pair");
                return give_up(&start);
        }
        pid = fork();
        if (pid == 0) {
                close(pair[0]);
                run_monitor(&start, pair[1], options->attach);
        }
        close(pair[1]);
        if (pid < 0) {
                close(pair[0]);
                error_sys(err, errno, "fork the monitor");
                return give_up(&start);
        }
        launch_hide(&start.plan);
        phases_mark("monitor forked");
        *socket_out = pair[0];
        return 0;
}

int container_started(int socket_fd, pid_t *pid_out, struct error *err)
{
        char packet[4096];
        ssize_t n;
        struct packet_started started;

        static_assert(sizeof(packet) >= 1 + sizeof(struct error), "room for an error");
        for (;;) {
                n = recv(socket_fd, packet, sizeof(packet), 0);
                if (n > 0 && packet[0] == PACKET_LOG)
                        attach_print_log(packet, (size_t)n);
                else if (n >= 0 || errno != EINTR)
                        break;
        }
        if (n == 1 + (ssize_t)sizeof(struct error) && packet[0] == PACKET_ERROR) {
                struct error why;

                memcpy(&why, packet + 1, sizeof(why));
                return error_copy(err, &why);
        }
        if (n != 1 + (ssize_t)sizeof(started) || packet[0] != PACKET_STARTED)
                return error_set(err, ERROR_GENERAL, "the container's monitor died");
        memcpy(&started, packet + 1, sizeof(started));
        *pid_out = started.pid;
        return 0;
}
