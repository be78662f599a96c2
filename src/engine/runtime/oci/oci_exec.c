/* exec. See oci_exec.h.
 *
 * Which namespaces to enter is not read from the specification but seen in /proc: those in which
 * the container's first process is and we are not.
 */
#include "engine/runtime/oci/oci_exec.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/runtime/join.h"
#include "engine/runtime/oci/oci_console.h"
#include "engine/runtime/oci/oci_file.h"
#include "engine/runtime/oci/oci_process.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
        const char *file;
        unsigned long long flag;
} namespaces[] = {
        { "user", CLONE_NEWUSER },     { "mnt", CLONE_NEWNS },    { "pid", CLONE_NEWPID },
        { "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },   { "net", CLONE_NEWNET },
        { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};

static int find_namespaces(pid_t pid, unsigned long long *flags_out, struct error *err)
{
        *flags_out = 0;
        for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
                AUTO_FREE char *theirs = xasprintf("/proc/%d/ns/%s", pid, namespaces[i].file);
                AUTO_FREE char *ours = xasprintf("/proc/self/ns/%s", namespaces[i].file);
                struct stat a, b;

                if (stat(ours, &b) < 0)
                        continue; /* this kernel has no such kind */
                if (stat(theirs, &a) < 0)
                        return error_sys(err, errno, "look at the container's namespaces");
                if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
                        *flags_out |= namespaces[i].flag;
        }
        return 0;
}

/* With a mount namespace by path the container has only changed its root directory. */
static bool shares_mounts(const json_t *spec)
{
        size_t i;
        json_t *entry;

        json_array_foreach (json_object_get(json_object_get(spec, "linux"), "namespaces"), i,
                            entry) {
                if (strcmp(json_get_string(entry, "type", ""), "mount") == 0)
                        return json_get_string(entry, "path", "")[0] != '\0';
        }
        return false;
}

static int check_status(const struct oci_container *container,
                        const struct oci_exec_request *request, struct error *err)
{
        enum oci_status status = container->status;

        if (status == OCI_RUNNING || (status == OCI_PAUSED && request->ignore_paused))
                return 0;
        return error_set(err, ERROR_STATE, "cannot exec in container \"%s\": it is %s, not running",
                         container->id, oci_status_name(status));
}

/* A process outside of its container's limits is none of it. */
static int open_cgroup(const struct oci_container *container,
                       const struct oci_exec_request *request, const json_t *spec, int *fd_out,
                       struct error *err)
{
        const json_t *resources = json_object_get(json_object_get(spec, "linux"), "resources");
        AUTO(cgroup_limits) limits = { 0 };
        AUTO_FREE char *path = NULL;
        struct error why = { 0 };

        if (!container->record.cgroup && request->cgroup)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--cgroup: container \"%s\" has no cgroup of its own",
                                 container->id);
        if (!container->record.cgroup)
                return 0;
        if (request->cgroup && strstr(request->cgroup, ".."))
                return error_set(err, ERROR_USAGE, "--cgroup %s leads out of the container's",
                                 request->cgroup);
        path = request->cgroup ? path_join(container->record.cgroup, request->cgroup)
                               : xstrdup(container->record.cgroup);
        if (cgroup_join(path, request->uid, fd_out, &why) == 0)
                return 0;
        if (request->cgroup || cgroup_limits_make(resources, &limits, NULL) < 0 || limits.count)
                return error_copy(err, &why);
        log_info("%s: the process stays in ours, continuing", why.text);
        return 0;
}

/* What has to be open before the container is entered. */
struct doors {
        int pidfd, cgroup_fd, console_fd, pid_dir_fd;
};

#define DOORS_CLOSED ((struct doors){ -1, -1, -1, -1 })

static void doors_release(struct doors *doors)
{
        int fds[] = { doors->pidfd, doors->cgroup_fd, doors->console_fd, doors->pid_dir_fd };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                if (fds[i] >= 0)
                        close(fds[i]);
}

static int open_doors(const struct oci_container *container, const struct oci_exec_request *request,
                      const json_t *spec, bool terminal, struct doors *doors, struct error *err)
{
        if (terminal && request->detach && !request->console_socket)
                return error_set(err, ERROR_USAGE,
                                 "a terminal of a detached process needs --console-socket");
        if (!terminal && request->console_socket)
                return error_set(err, ERROR_USAGE, "--console-socket: the process has no terminal");
        doors->pidfd = oci_container_pidfd(container, err);
        if (doors->pidfd < 0 || open_cgroup(container, request, spec, &doors->cgroup_fd, err) < 0)
                return -1;
        if (request->console_socket) {
                doors->console_fd = oci_console_connect(request->console_socket, err);
                if (doors->console_fd < 0)
                        return -1;
        }
        if (request->pid_file) {
                doors->pid_dir_fd = oci_file_pid_dir(request->pid_file, err);
                if (doors->pid_dir_fd < 0)
                        return -1;
        }
        return 0;
}

static int finish(const struct oci_exec_request *request, const struct doors *doors,
                  struct launch *launch, int *exit_code_out, struct error *err)
{
        if ((doors->console_fd >= 0 &&
             oci_console_send(doors->console_fd, launch->console_fd, err) < 0) ||
            (doors->pid_dir_fd >= 0 &&
             oci_file_pid_at(doors->pid_dir_fd, request->pid_file, launch->pid, err) < 0)) {
                launch_abort(launch);
                return -1;
        }
        *exit_code_out = 0;
        if (!request->detach)
                *exit_code_out =
                        oci_console_serve(launch->pid, launch->pidfd,
                                          doors->console_fd < 0 ? launch->console_fd : -1, -1);
        return 0;
}

static int make_process(const struct oci_exec_request *request, const json_t *spec,
                        struct process_plan *plan_out, struct error *err)
{
        const json_t *linux_part = json_object_get(spec, "linux");
        AUTO_JSON json_t *process = NULL;

        if (request->process)
                process = json_incref((json_t *)(uintptr_t)request->process);
        else if (oci_process_merge(json_object_get(spec, "process"), request, &process, err) < 0)
                return -1;
        if (process_plan_make(process, json_object_get(linux_part, "seccomp"),
                              json_object_get(linux_part, "personality"), -1, plan_out, err) < 0)
                return -1;
        plan_out->die_with_parent = false;
        oci_process_listen(plan_out, request->listen_fds);
        return 0;
}

int oci_exec(const struct oci_container *container, const struct oci_exec_request *request,
             int *exit_code_out, struct error *err)
{
        AUTO_JSON json_t *spec = NULL;
        AUTO_JSON json_t *identity = oci_container_identity(container);
        AUTO(process_plan) process = { 0 };
        AUTO(doors) doors = DOORS_CLOSED;
        struct join_request join = { .process = &process,
                                     .target_pid = container->record.pid,
                                     .stdio = { 0, 1, 2 },
                                     .state = identity,
                                     .preserve = request->preserve,
                                     .keyring = request->no_new_keyring ? NULL : container->id };
        struct launch launch = LAUNCH_EMPTY;

        if (check_status(container, request, err) < 0 ||
            oci_container_spec(container, &spec, err) < 0 ||
            make_process(request, spec, &process, err) < 0 ||
            open_doors(container, request, spec, process.terminal, &doors, err) < 0 ||
            find_namespaces(container->record.pid, &join.namespaces, err) < 0)
                return -1;
        join.target_pidfd = doors.pidfd;
        join.cgroup_fd = doors.cgroup_fd;
        join.chroot = shares_mounts(spec);
        if (join_execute(&join, &launch, err) < 0)
                return -1;
        return finish(request, &doors, &launch, exit_code_out, err);
}
