/* Starting a container. Everything that can be prepared is prepared here, in the command, while the
 * helpers write the id maps; then the monitor is forked, and what needs it comes in as its hooks.
 */
#include "engine/container/start.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/container/attach.h"
#include "engine/container/cgroup_of.h"
#include "engine/container/container_event.h"
#include "engine/container/create.h"
#include "engine/container/external_bundle.h"
#include "engine/container/external_of.h"
#include "engine/container/files_of.h"
#include "engine/container/log_place.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/mounts.h"
#include "engine/container/oci.h"
#include "engine/container/phases.h"
#include "engine/container/restart.h"
#include "engine/container/root_driver.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/secrets.h"
#include "engine/container/state.h"
#include "engine/container/userns_of.h"
#include "engine/monitor/log_writer.h"
#include "engine/container/volumes.h"
#include "engine/monitor/monitor.h"
#include "engine/monitor/protocol.h"
#include "engine/network/files.h"
#include "engine/network/slirp.h"
#include "engine/runtime/spec_file.h"
#include "engine/storage/rootfs.h"
#include "rootless/map_write.h"
#include "rootless/override.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* All that the hooks know; lives in the monitor after the fork. */
struct start {
        const struct store *store;
        struct container *container;
        const struct userns_plan *userns;
        struct userns_entry *entry;
        struct rootfs rootfs;
        struct root_driver driver;
        struct launch_plan plan;
        struct slirp slirp;
        char *files_dir; /* absolute */
        int files_fd;
        int alive_fd;
        int listen_fd;
        json_t *spec;
        struct external_runtime external; /* path NULL: kelp's own */
        struct cgroup cgroup;
        struct log_place log; /* empty: none */
        bool prepare_mounts;  /* there is work for mounts_prepare() */
        bool own_mounts;      /* this process has a mount namespace of its own */
        const struct start_options *options;
        bool told;            /* of the start, as an event */
        int restarts;         /* by the policy, since the start by hand */
        int change_fd;        /* at a restart: the change lock, until the program runs; else -1 */
        char *cgroup_before;  /* at a restart: where it was, and is to be again; or NULL */
        struct staging grave; /* of a container that was to be removed at its end */
};

static void start_release(struct start *start)
{
        int *fds[] = { &start->files_fd, &start->alive_fd, &start->listen_fd, &start->change_fd };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                if (*fds[i] >= 0)
                        close(*fds[i]);
        rootfs_release(&start->rootfs);
        launch_plan_release(&start->plan);
        cgroup_release(&start->cgroup);
        log_place_release(&start->log);
        json_decref(start->spec);
        free(start->files_dir);
        free(start->cgroup_before);
}

static int finish_userns(struct start *start, struct error *err)
{
        int rc = userns_enter_finish(start->userns, start->entry, err);

        if (rc == 0)
                userns_of_give_root(start->userns, start->container->dir_fd, start->files_fd);
        phases_mark("ids mapped");
        return rc;
}

/* Of a namespace below the one that was entered, the maps are written here. */
static int hook_wait_mapped(void *data, pid_t pid, struct error *err)
{
        struct start *start = data;
        const struct id_maps *maps = &start->userns->maps;
        struct map_request request = { .target = pid,
                                       .uids = maps->uids.ranges,
                                       .uid_count = maps->uids.count,
                                       .gids = maps->gids.ranges,
                                       .gid_count = maps->gids.count };

        if (!start->userns->nested)
                return finish_userns(start, err);
        return start->plan.clone_flags & CLONE_NEWUSER ? map_write(&request, err) : 0;
}

/* Into a mount namespace of this process's own, once. */
static int leave_mounts(struct start *start, struct error *err)
{
        if (finish_userns(start, err) < 0)
                return -1;
        if (start->own_mounts)
                return 0;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        start->own_mounts = true;
        return 0;
}

static int hook_mount_root(void *data, struct error *err)
{
        struct start *start = data;
        int rc = root_driver_mount(&start->driver, err);

        phases_mark("root mounted");
        return rc;
}

/* For the time that a volume is filled from it. */
static int show_root(void *data, char **path_out, struct error *err)
{
        struct start *start = data;

        if (root_driver_mount(&start->driver, err) < 0)
                return -1;
        *path_out = xasprintf("%s/%s/merged", start->store->root, start->rootfs.container);
        return 0;
}

static void hide_root(void *data)
{
        struct start *start = data;

        if (start->driver.fuse_pid <= 0)
                (void)umount2(start->plan.root, 0);
}

static uint32_t outside(const struct id_map *map, uint32_t id)
{
        uint32_t mapped;

        return map && id_map_outside(map, id, &mapped) ? mapped : id;
}

static int prepare_mounts(struct start *start, struct error *err)
{
        const struct id_maps *owners = userns_of_owners(start->userns);
        struct mounts_request request = {
                .store = start->store,
                .container = start->container,
                .uid = outside(owners ? &owners->uids : NULL, start->plan.process.uid),
                .gid = outside(owners ? &owners->gids : NULL, start->plan.process.gid),
                .records = start->userns->rung == USERNS_SINGLE,
                .root_show = show_root,
                .root_hide = hide_root,
                .data = start
        };

        if (!start->prepare_mounts)
                return 0;
        if (container_secrets_own(start->container->dir_fd, &start->container->spec, owners,
                                  request.records, err) < 0)
                return -1;
        return mounts_prepare(&request, err);
}

/* What the container's mount namespace, cloned from ours, is to have. A user namespace below this
 * one cannot be made before this one has its ids, and its root is nobody where the store is. */
static int hook_prepare(void *data, int attempt, struct error *err)
{
        struct start *start = data;
        bool nested = start->userns->nested;

        if ((nested || start->prepare_mounts) && leave_mounts(start, err) < 0)
                return -1;
        if (root_driver_prepares(&start->driver, attempt) &&
            (finish_userns(start, err) < 0 ||
             root_driver_prepare(&start->driver, attempt, err) < 0))
                return -1;
        if (prepare_mounts(start, err) < 0)
                return -1;
        return nested ? hook_mount_root(data, err) : 0;
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

static int hook_started(void *data, pid_t pid, struct error *err)
{
        struct start *start = data;
        struct container_state state = { .status = CONTAINER_RUNNING,
                                         .pid = pid,
                                         .monitor_pid = getpid(),
                                         .pid_start = state_process_start(pid),
                                         .started_ns = state_now_ns(),
                                         .restarts = start->restarts,
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
        state.finished_ns = state_now_ns();
        snprintf(state.error, sizeof(state.error), "%s", why);
        start->container->state = state;
        (void)state_write(start->container->dir_fd, &state, NULL);
        state_record_exit(start->alive_fd, exit_code);
}

/* All is recorded: whoever is told now finds the container ended, and may start or remove it. */
static void let_go(struct start *start)
{
        close(take_fd(&start->alive_fd));
}

static void hook_exited(void *data, int exit_code)
{
        struct start *start = data;
        const struct container_spec *spec = &start->container->spec;

        bool oom_killed = start->cgroup.fd >= 0 && cgroup_oom_killed(start->cgroup.fd);

        phases_mark("exited");
        undo(start);
        if (spec->auto_remove) {
                state_record_exit(start->alive_fd, exit_code);
                (void)container_bury(start->store, start->container->id, spec->name, &start->grave,
                                     NULL);
                container_volumes_bury(start->store, spec, &start->grave);
        } else {
                record(start, exit_code, oom_killed, "");
        }
        container_events(start->store, start->container,
                         (const char *const[]){ "died", "cleanup",
                                                spec->auto_remove ? "remove" : NULL, NULL },
                         &exit_code);
        let_go(start);
        phases_mark("recorded");
}

static void hook_tidy_up(void *data)
{
        struct start *start = data;
        AUTO_FREE char *relative = path_join("containers", start->container->id);

        if (!start->container->spec.auto_remove)
                return;
        (void)path_remove_tree(start->store->run_fd, relative, NULL);
        staging_release(&start->grave);
}

/* podman keeps a container whose program could not be started, as "created" or "exited"; with
 * --rm it goes. */
static void hook_failed(void *data, const struct error *why)
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

/* What /etc/hosts begins with; NULL: the usual. An image without one is as good as an empty one. */
static int base_hosts(struct start *start, char **text_out, struct error *err)
{
        const char *file = start->container->spec.hosts_file;

        if (!file)
                return 0;
        if (file[0] == '/')
                return fd_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, text_out, NULL, err);
        if (strcmp(file, "image") != 0 ||
            rootfs_read_file(&start->rootfs, "etc/hosts", LIMIT_CONF_FILE, text_out, NULL) < 0)
                *text_out = xstrdup("");
        return 0;
}

static int make_files(struct start *start, struct error *err)
{
        struct container *container = start->container;
        AUTO_FREE char *relative = path_join("containers", container->id);
        AUTO_FREE char *hosts = NULL;

        start->files_dir = path_join(start->store->runroot, relative);
        if (mkdirat(start->store->run_fd, relative, 0700) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create %s", start->files_dir);
        start->files_fd =
                openat(start->store->run_fd, relative, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (start->files_fd < 0)
                return error_sys(err, errno, "open %s", start->files_dir);
        if (files_of_write(start->files_fd, &container->spec, &start->rootfs, err) < 0 ||
            base_hosts(start, &hosts, err) < 0)
                return -1;
        return network_files_write(start->files_fd, container->id, &container->spec, hosts, err);
}

/* With a single id the owner is a record (rootless/override.h). */
static void copy_root_record(const struct start *start, const char *layer, const struct stat *st)
{
        AUTO_CLOSE int from = openat(start->store->root_fd, layer, O_PATH | O_CLOEXEC);
        AUTO_CLOSE int to = openat(start->container->dir_fd, "upper", O_PATH | O_CLOEXEC);
        struct override owner;

        if (override_get(&(struct override_place){ .fd = from, .dir_fd = -1, .st = st }, &owner))
                (void)override_set(&(struct override_place){ .fd = to, .dir_fd = -1, .st = st },
                                   &owner);
}

/* The upper directory shows as "/": its mode is that of the topmost layer's root. */
static void copy_root_mode(const struct start *start)
{
        const struct strv *layers = &start->rootfs.layers;
        const char *top = layers->count > 0 ? layers->items[layers->count - 1] : NULL;
        struct stat st;

        if (!top || fstatat(start->store->root_fd, top, &st, 0) < 0)
                return;
        (void)!fchmodat(start->container->dir_fd, "upper", st.st_mode & 07777, 0);
        if (start->userns->rung == USERNS_SINGLE)
                copy_root_record(start, top, &st);
}

static int make_plan(struct start *start, const struct start_options *options, struct error *err)
{
        struct container *container = start->container;
        AUTO_FREE char *root =
                xasprintf("%s/%s/merged", start->store->root, start->rootfs.container);
        struct container_user user;
        AUTO(shared_namespaces) shared = { 0 };
        json_t *spec = NULL;
        AUTO_FREE char *secrets =
                xasprintf("%s/%s/secrets", start->store->root, start->rootfs.container);
        AUTO(strv) sources = { 0 };
        AUTO_CLOSE int cache_fd =
                openat(start->store->root_fd, "cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct oci_input input = { .spec = &container->spec,
                                   .user = &user,
                                   .id = container->id,
                                   .root = root,
                                   .files_dir = start->files_dir,
                                   .mount_sources = &sources,
                                   .secrets_dir = secrets,
                                   .emulate = start->userns->rung == USERNS_SINGLE,
                                   .manager = start->cgroup.manager,
                                   .shared = &shared,
                                   .userns = start->userns };

        if (mounts_sources(start->store, container, &sources, err) < 0 ||
            namespaces_load(start->store, &container->spec, &shared, err) < 0 ||
            files_of_resolve_user(start->store, container, &start->rootfs, container->spec.user,
                                  &user, err) < 0 ||
            rootfs_add_groups(&start->rootfs, &container->spec.group_add, &user, err) < 0 ||
            oci_spec_make(&input, &spec, err) < 0)
                return -1;
        start->spec = spec;
        start->prepare_mounts = mounts_want_preparing(start->store, container) ||
                                container_secrets_want_owner(&container->spec);
        if (start->cgroup_before)
                json_set_string(json_object_get(spec, "linux"), "cgroupsPath",
                                start->cgroup_before + strlen(CGROUP_ROOT));
        if (options->rows)
                json_object_set_new(json_object_get(spec, "process"), "consoleSize",
                                    json_pack("{s:i, s:i}", "height", options->rows, "width",
                                              options->columns));
        if (spec_write_file(container->dir_fd, "config.json", spec, 0600, err) < 0)
                return -1;
        phases_mark("spec written");
        if (start->external.path) { /* it plans by itself */
                start->plan.root = xstrdup(root);
                start->plan.process.terminal = container->spec.terminal;
                start->plan.process.uid = user.uid;
                start->plan.process.gid = user.gid;
                return 0;
        }
        if (launch_plan_make(spec, NULL, cache_fd, &start->plan, err) < 0 ||
            container_secrets_env(container->dir_fd, &container->spec, &start->plan.process.env,
                                  err) < 0)
                return -1;
        if (start->plan.new_user_namespace)
                start->plan.clone_flags |= CLONE_NEWUSER;
        phases_mark("plan made");
        return 0;
}

/* Up to the plan; nothing is made outside the container's directories. */
static int prepare_plan(struct start *start, const struct start_options *options, struct error *err)
{
        struct container *container = start->container;

        start->alive_fd = state_lock_alive(container->dir_fd, err);
        if (start->alive_fd < 0)
                return -1;
        rootfs_of(start->store, container, &start->rootfs);
        if (root_driver_init(&start->driver,
                             options->storage_driver ? options->storage_driver
                                                     : container->spec.storage_driver,
                             err) < 0 ||
            rootfs_check_layers(&start->rootfs, err) < 0 || make_files(start, err) < 0)
                return -1;
        copy_root_mode(start);
        start->cgroup.manager =
                start->cgroup_before ? CGROUP_FS
                                     : cgroup_of_manager(&container->spec, options->cgroup_manager,
                                                         start->userns->caller_uid);
        external_of_start(container, start->files_dir, start->files_fd, &start->external);
        if (start->external.path &&
            external_of_check(&container->spec, start->userns, start->cgroup.manager, err) < 0)
                return -1;
        return make_plan(start, options, err);
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

static int prepare(struct start *start, struct error *err)
{
        struct container *container = start->container;

        if (prepare_plan(start, start->options, err) < 0 || make_listen_socket(start, err) < 0 ||
            make_cgroup(start, err) < 0)
                return -1;
        if (!log_place_none(&container->spec) && log_place_open(container, &start->log, err) < 0)
                return -1;
        /* The monitor, which is forked next, is to be small. */
        if (!start->external.path)
                json_decref(take_ptr(start->spec));
        return 0;
}

static void run_once(struct start *start, int client_fd, bool attach)
{
        const struct container_spec *spec = &start->container->spec;
        int keep[] = { start->store->root_fd, start->store->run_fd, start->container->dir_fd,
                       start->alive_fd,       start->files_fd,      start->entry->sync_fd,
                       start->cgroup.bus.fd,  start->change_fd };
        struct monitor_request request = {
                .plan = &start->plan,
                .external = start->external.path ? &start->external : NULL,
                .hooks = { .data = start,
                           .prepare = hook_prepare,
                           .mount_root = start->userns->nested ? NULL : hook_mount_root,
                           .wait_mapped = hook_wait_mapped,
                           .start_cgroup = hook_start_cgroup,
                           .wait_cgroup = hook_wait_cgroup,
                           .start_network = hook_start_network,
                           .wait_network = hook_wait_network,
                           .write_bundle = hook_write_bundle,
                           .started = hook_started,
                           .exited = hook_exited,
                           .tidy_up = hook_tidy_up,
                           .failed = hook_failed },
                .cgroup_fd = &start->cgroup.fd,
                .log_dir_fd = start->log.dir_fd,
                .log_name = start->log.name,
                .log_max = spec->log_size > 0 ? (uint64_t)spec->log_size : LOG_FILE_MAX,
                .client_fd = client_fd,
                .client_output = attach,
                .listen_fd = start->listen_fd,
                .interactive = spec->interactive,
                .keep_fds = keep,
                .keep_count = ARRAY_SIZE(keep),
        };

        monitor_run(&request);
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
                                 .cgroup = CGROUP_EMPTY,
                                 .log = LOG_PLACE_EMPTY,
                                 .options = options,
                                 .change_fd = -1,
                                 .listen_fd = -1 };
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
                                hook_failed(start, &err);
                        break;
                }
                run_once(start, -1, false);
        }
        _exit(0);
}

int container_prepare(const struct store *store, struct container *container,
                      const struct userns_plan *plan, const struct start_options *options,
                      struct error *err)
{
        AUTO(start) start;

        start_init(&start, store, container, plan, options);
        if (prepare_plan(&start, options, err) < 0)
                return -1;
        container->state.status = CONTAINER_INITIALIZED;
        container_event(store, container, "init");
        return state_write(container->dir_fd, &container->state, err);
}

int container_start(const struct store *store, struct container *container,
                    const struct userns_plan *plan, struct userns_entry *entry,
                    const struct start_options *options, int *socket_out, struct error *err)
{
        AUTO(start) start;
        int pair[2];
        pid_t pid;

        start_init(&start, store, container, plan, options);
        restart_allow(container);
        start.entry = entry;
        /* A container that sees us is to find us closed (launch_hide()), with no helper of the maps
         * still at work on us. */
        if (prepare(&start, err) < 0 ||
            (!(start.plan.clone_flags & CLONE_NEWPID) && finish_userns(&start, err) < 0))
                return -1;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_sys(err, errno, "create socket pair");
        pid = fork();
        if (pid == 0) {
                close(pair[0]);
                run_monitor(&start, pair[1], options->attach);
        }
        close(pair[1]);
        if (pid < 0) {
                close(pair[0]);
                return error_sys(err, errno, "fork the monitor");
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
        int32_t pid;

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
        if (n != 1 + (ssize_t)sizeof(pid) || packet[0] != PACKET_STARTED)
                return error_set(err, ERROR_GENERAL, "the container's monitor died");
        memcpy(&pid, packet + 1, sizeof(pid));
        *pid_out = pid;
        return 0;
}
