/* A container from a bundle (runtime-spec runtime.md, "Lifecycle", steps 1 to 5). See oci_make.h.
 *
 * The order: the directory is taken first, so that an id is never used twice; then everything that
 * can be found wrong without touching the system (the plan); then the cgroup, the clone, the id
 * maps, the container's own side (child.c). The record is written when the process is ready, and
 * only then it is let go, so that whatever runs can be found; all that goes before that write is
 * done while the container's side is at work.
 */
#include "engine/runtime/oci/oci_make.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/oci/oci_console.h"
#include "engine/runtime/oci/oci_file.h"
#include "engine/runtime/oci/oci_notify.h"
#include "engine/runtime/oci/oci_place.h"
#include "engine/runtime/oci/oci_process.h"
#include "engine/runtime/oci/oci_userns.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

void oci_making_release(struct oci_making *making)
{
        int *fds[] = { &making->start_fd, &making->console_socket_fd, &making->launch.pidfd,
                       &making->launch.sync_fd, &making->launch.console_fd };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                if (*fds[i] >= 0)
                        close(*fds[i]);
        cgroup_release(&making->cgroup);
        launch_plan_release(&making->plan);
        json_decref(making->spec);
        free(making->text);
        json_decref(making->identity);
        oci_container_release(&making->container);
        *making = OCI_MAKING_EMPTY;
}

static int take_spec(struct oci_making *m, const char *bundle, struct error *err)
{
        const char *config = m->request->config ? m->request->config : OCI_CONFIG;
        AUTO_FREE char *path = config[0] == '/' ? xstrdup(config) : path_join(bundle, config);
        AUTO_FREE char *text = NULL;
        size_t len;
        int completed, notified;

        if (fd_read_file(AT_FDCWD, path, LIMIT_SPEC, &text, &len, err) < 0 ||
            spec_parse(text, len, path, &m->spec, err) < 0)
                return -1;
        completed = oci_userns_complete(m->spec, err);
        if (completed < 0)
                return -1;
        notified = oci_notify_plan(m->request->root, &m->container, m->spec, err);
        if (notified < 0)
                return -1;
        if (!completed && !notified) {
                m->text = take_ptr(text);
                m->text_len = len;
        }
        return 0;
}

/* Into the container's directory, for exec and start. */
static int keep_spec(const struct oci_making *m, struct error *err)
{
        if (m->text)
                return fd_write_file(m->container.dir_fd, OCI_CONFIG, m->text, m->text_len, 0600,
                                     err);
        return spec_write_file(m->container.dir_fd, OCI_CONFIG, m->spec, 0600, err);
}

static int check_terminal(const struct oci_making *m, struct error *err)
{
        bool terminal = m->plan.process.terminal;

        if (terminal && m->request->detach && !m->request->console_socket) {
                error_set(err, ERROR_USAGE,
                          "process.terminal: nobody stays to hold the terminal of a container "
                          "that is detached");
                return error_cure(err, "give it to somebody: --console-socket PATH");
        }
        if (!terminal && m->request->console_socket)
                return error_set(err, ERROR_USAGE,
                                 "--console-socket: the container has no terminal "
                                 "(process.terminal)");
        return 0;
}

/* Entered ones are first among the joins. */
static bool in_user_namespace(const struct launch_plan *plan)
{
        return plan->new_user_namespace ||
               (plan->join_count > 0 && plan->joins[0].flag == CLONE_NEWUSER);
}

static int make_plan(struct oci_making *m, const char *bundle, struct error *err)
{
        AUTO_CLOSE int cache_fd = -1;

        /* A profile is compiled once for all containers. */
        if (json_is_object(json_object_get(json_object_get(m->spec, "linux"), "seccomp")))
                cache_fd = oci_file_cache(m->request->root->fd);
        if (launch_plan_make(m->spec, bundle, cache_fd, &m->plan, err) < 0)
                return -1;
        m->plan.no_pivot = m->request->no_pivot;
        m->plan.make_devices = !in_user_namespace(&m->plan) && devices_can_be_made();
        m->plan.process.die_with_parent = false;
        m->plan.process.cwd_create = true;
        oci_process_listen(&m->plan.process, m->request->listen_fds);
        if (m->plan.new_user_namespace)
                m->plan.clone_flags |= CLONE_NEWUSER;
        return check_terminal(m, err);
}

/* Through /proc, because the path itself may be longer than 108 bytes. */
static int listen_for_start(struct oci_making *m, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (!m->request->wait)
                return 0;
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" OCI_START,
                 m->container.dir_fd);
        m->start_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (m->start_fd < 0 ||
            bind(m->start_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(m->start_fd, 4) < 0)
                return error_sys(err, errno, "create the start socket");
        return 0;
}

/* What the container is made of; nothing of the system is touched. */
static int plan(struct oci_making *m, struct error *err)
{
        const struct oci_request *request = m->request;
        AUTO_FREE char *bundle = path_absolute(request->bundle ? request->bundle : ".");
        struct oci_record *record = &m->container.record;

        if (take_spec(m, bundle, err) < 0 || make_plan(m, bundle, err) < 0)
                return -1;
        record->bundle = take_ptr(bundle);
        record->rootfs = xstrdup(m->plan.root);
        record->annotations = json_incref(json_object_get(m->spec, "annotations"));
        record->owner = oci_file_owner();
        m->identity = oci_container_identity(&m->container);
        if (request->console_socket) {
                m->console_socket_fd = oci_console_connect(request->console_socket, err);
                if (m->console_socket_fd < 0)
                        return -1;
        }
        return listen_for_start(m, err);
}

struct launch_request oci_make_launch(const struct oci_making *m)
{
        return (struct launch_request){ .plan = &m->plan,
                                        .stdio = { 0, 1, 2 },
                                        .cgroup_fd = m->cgroup.fd,
                                        .state = m->identity,
                                        .ready_early = true,
                                        .wait = m->request->wait,
                                        .start_fd = m->start_fd,
                                        .preserve = m->request->preserve,
                                        .keyring = m->request->no_new_keyring ? NULL
                                                                              : m->container.id };
}

static void note(struct oci_making *m)
{
        struct oci_record *record = &m->container.record;

        record->pid = m->launch.pid;
        record->pid_start = oci_process_start(record->pid);
        record->created = oci_file_now();
        record->manager = m->cgroup.manager;
        record->cgroup = xstrdup(m->cgroup.path);
}

static int launch(struct oci_making *m, struct error *err)
{
        struct launch_request request = oci_make_launch(m);

        if (launch_start(&request, &m->launch, err) < 0 ||
            cgroup_send(&m->cgroup, m->launch.pid, err) < 0 ||
            oci_userns_map(&m->plan, m->launch.pid, err) < 0 ||
            cgroup_settle(&m->cgroup, m->launch.pid, err) < 0) {
                launch_explain(&m->launch, err);
                return -1;
        }
        note(m);
        return keep_spec(m, err) < 0 ? -1 : launch_prepare(&request, &m->launch, err);
}

/* From here on others can find it. */
static int record(struct oci_making *m, struct error *err)
{
        const struct oci_record *record = &m->container.record;

        if (record->pid_start == 0)
                return error_set(err, ERROR_GENERAL, "the container's process died");
        if (oci_container_write(&m->container, err) < 0)
                return -1;
        if (m->console_socket_fd >= 0 &&
            oci_console_send(m->console_socket_fd, m->launch.console_fd, err) < 0)
                return -1;
        return m->request->pid_file ? oci_file_pid(m->request->pid_file, record->pid, err) : 0;
}

int oci_make_hooks(const struct oci_making *m, enum hook_kind kind, const char *status, pid_t pid,
                   struct error *err)
{
        AUTO_FREE char *text = NULL;

        if (m->plan.hooks.lists[kind].count == 0)
                return 0;
        text = hooks_state(m->identity, status, pid);
        return hooks_run(&m->plan.hooks, kind, text, NULL, err);
}

void oci_make_undo(struct oci_making *m)
{
        bool launched = m->launch.pidfd >= 0;
        struct error why = { 0 };

        launch_abort(&m->launch);
        if (m->cgroup.path) {
                (void)cgroup_kill(m->cgroup.path, SIGKILL, NULL);
                (void)cgroup_delete(m->cgroup.path, NULL);
        }
        (void)oci_container_remove(m->request->root, &m->container, NULL);
        if (launched && oci_make_hooks(m, HOOK_POSTSTOP, "stopped", 0, &why) < 0)
                log_warn("%s, continuing", why.text);
}

int oci_make(const struct oci_request *request, struct oci_making *making, struct error *err)
{
        *making = OCI_MAKING_EMPTY;
        making->request = request;
        if (oci_container_make(request->root, request->id, &making->container, err) < 0)
                return -1;
        if (plan(making, err) == 0 && oci_place_make(making, err) == 0 &&
            launch(making, err) == 0 && record(making, err) == 0)
                return 0;
        oci_make_undo(making);
        return -1;
}
