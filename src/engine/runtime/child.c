/* A container's first process, from clone3(2) to its exec: root file system, mounts, pivot_root,
 * host name, terminal; then process.c.
 *
 * What needs no mapped ids comes first, so that it runs while newuidmap(1) does.
 *
 * There are two ways from PREPARED to the exec. kelp's own containers keep what takes rights away
 * for the end: the network helper has to be able to open our namespaces, which an undumpable
 * process does not allow (proc(5)). With ready_early all that can fail comes before PREPARED, and
 * what is left is the sandbox and the exec; then it may be another process that lets us go on.
 */
#include "engine/runtime/child.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/keyring.h"
#include "engine/runtime/loopback.h"
#include "engine/runtime/lsm.h"
#include "engine/runtime/mounting.h"
#include "engine/runtime/namespaces.h"
#include "engine/runtime/process.h"
#include "engine/runtime/procfs.h"
#include "engine/runtime/root.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* What nobody asked for may be refused where we are in a container ourselves, by its seccomp
 * filter or its read-only /proc/sys. */
static bool is_optional(const struct launch_plan *plan, const char *name, int sys)
{
        return (sys == EPERM || sys == EACCES || sys == EROFS || sys == EXDEV) &&
               strv_contains(&plan->optional, name);
}

/* EXDEV: something is mounted over it. */
static int refused(int sys, const char *path, struct error *err)
{
        if (sys != EXDEV)
                return error_sys(err, sys, "set sysctl %s", path + strlen("sys/"));
        return error_set(err, ERROR_DENIED,
                         "set sysctl %s: /proc/sys is the outer container's, and read-only",
                         path + strlen("sys/"));
}

/* Per-namespace settings: /proc/sys answers for the namespaces of the process that writes. */
static int set_sysctl(const struct launch_plan *plan, struct error *err)
{
        for (size_t i = 0; i < plan->sysctl.count; i++) {
                AUTO_FREE char *path = xasprintf("sys/%s", plan->sysctl.items[i]);
                char *value = strchr(path, '=');

                *value++ = '\0';
                if (procfs_write(path, value) < 0 &&
                    !is_optional(plan, path + strlen("sys/"), errno))
                        return refused(errno, path, err);
        }
        return 0;
}

static int set_names(const struct launch_plan *plan, struct error *err)
{
        if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0 &&
            !is_optional(plan, "hostname", errno)) {
                error_sys(err, errno, "set host name %s", plan->hostname);
                return error_cure(err,
                                  "a seccomp filter of an outer container may forbid it: leave "
                                  "the host name away");
        }
        if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
                return error_sys(err, errno, "set domain name %s", plan->domainname);
        return 0;
}

/* What is there of that name already may be covered, unless it leads elsewhere (CVE-2025-52565). */
static int open_console_target(int root_fd, struct error *err)
{
        AUTO_CLOSE int fd =
                path_open_in(root_fd, "/dev/console", O_RDONLY | O_CREAT | O_EXCL | O_NOCTTY, 0600);
        struct stat st;

        if (fd >= 0)
                return take_fd(&fd);
        if (errno == EEXIST)
                fd = path_open_in(root_fd, "/dev/console", O_PATH | O_NOFOLLOW, 0);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "set up /dev/console");
        if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
                return error_set(err, ERROR_INVALID,
                                 "/dev/console in the container is neither a file nor a device");
        return take_fd(&fd);
}

/* The terminal's slave shows as /dev/console too, as every engine has it. */
static int bind_console(int root_fd, int slave_fd, struct error *err)
{
        AUTO_CLOSE int target = open_console_target(root_fd, err);
        AUTO_CLOSE int clone_fd = -1;

        if (target < 0)
                return -1;
        clone_fd = mounting_clone(slave_fd, "", false);
        if (clone_fd < 0 || mounting_move(clone_fd, target) < 0)
                return error_sys(err, errno, "set up /dev/console");
        return 0;
}

static int make_console(const struct launch_plan *plan, int root_fd, int sync_fd, int *slave_out,
                        struct error *err)
{
        if (!plan->process.terminal)
                return 0;
        *slave_out = process_console(&plan->process, root_fd, sync_fd, err);
        return *slave_out < 0 ? -1 : bind_console(root_fd, *slave_out, err);
}

/* Of a hook in here the state has our own pid (runtime.md, "State"). */
static int run_hooks(const struct launch_request *request, enum hook_kind kind, const char *status,
                     struct error *err)
{
        const struct launch_plan *plan = request->plan;
        AUTO_FREE char *state = NULL;

        if (plan->hooks.lists[kind].count == 0)
                return 0;
        state = hooks_state(request->state, status, getpid());
        return hooks_run(&plan->hooks, kind, state, &plan->process.env, err);
}

/* The runtime's hooks come between the mounts and the new root, then the container's. Those work
 * in the root, as with runc: hooks are written with paths relative to it. */
static int run_create_hooks(const struct launch_request *request, int root_fd, int sync_fd,
                            struct error *err)
{
        if (!hooks_for_create(&request->plan->hooks))
                return 0;
        handshake_send(sync_fd, HANDSHAKE_MOUNTED);
        if (handshake_expect(sync_fd, HANDSHAKE_HOOKED, err) < 0)
                return -1;
        if (fchdir(root_fd) < 0)
                return error_sys(err, errno, "enter the container's root for its hooks");
        return run_hooks(request, HOOK_CREATE_CONTAINER, "creating", err);
}

static int wait_for_maps(const struct launch_plan *plan, int sync_fd, struct error *err)
{
        int rc = handshake_expect(sync_fd, HANDSHAKE_MAPPED, err);

        /* It was let open for the maps (namespaces.c). */
        if (plan->join_count > 0 && (plan->clone_flags & CLONE_NEWUSER))
                prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        return rc;
}

/* Until the ids are mapped, and from there until all that the root needs is open. */
static int open_root(const struct launch_request *request, int sync_fd, struct opened_steps *opened,
                     int *root_fd_out, struct error *err)
{
        const struct launch_plan *plan = request->plan;

        if (lsm_check(&plan->process, plan->mount_label, err) < 0 ||
            (plan->join_count == 0 && process_oom_score(&plan->process, err) < 0) ||
            steps_open_early(plan, opened, err) < 0 || wait_for_maps(plan, sync_fd, err) < 0 ||
            namespaces_late(plan, err) < 0)
                return -1;
        /* Overlay makes its work directory with the mounter's ids, so it waits for the maps too. */
        if ((request->mount_root && request->mount_root(request->data, err) < 0) ||
            steps_open_late(plan, opened, err) < 0)
                return -1;
        return request->root_mounted ? root_open(plan, root_fd_out, err) : 0;
}

/* While the root can be written. Where it cannot be made, chdir(2) says so later. */
static void make_cwd(const struct process_plan *process, int root_fd)
{
        AUTO_CLOSE int made =
                process->cwd_create ? path_make_dirs_in(root_fd, process->cwd, 0755) : -1;
        (void)made;
}

static int build_root(const struct launch_request *request, struct opened_steps *opened,
                      int sync_fd, int *slave_out, struct error *err)
{
        const struct launch_plan *plan = request->plan;
        AUTO_CLOSE int root_fd = -1;
        AUTO_CLOSE int place_fd = -1;
        int joined;

        /* Either of the two may be the one who can reach it: whoever starts the container, or its
         * root, whose id is another's out here. */
        if (!request->root_mounted && root_open_directory(plan, &root_fd, &place_fd, err) < 0 &&
            err->sys != EACCES)
                return -1;
        *err = (struct error){ 0 };
        if (open_root(request, sync_fd, opened, &root_fd, err) < 0 ||
            (root_fd < 0 && root_open_directory(plan, &root_fd, &place_fd, err) < 0) ||
            set_sysctl(plan, err) < 0 || set_names(plan, err) < 0 ||
            ((plan->clone_flags & CLONE_NEWNET) && loopback_up(err) < 0))
                return -1;
        joined = namespaces_enter_mount(plan, err);
        if (joined < 0 ||
            (!request->root_mounted &&
             root_attach(plan, root_fd, joined ? -1 : place_fd, err) < 0) ||
            steps_attach(plan, root_fd, opened, err) < 0 ||
            run_create_hooks(request, root_fd, sync_fd, err) < 0 ||
            make_console(plan, root_fd, sync_fd, slave_out, err) < 0)
                return -1;
        make_cwd(&plan->process, root_fd);
        if (steps_finish(plan, opened, err) < 0)
                return -1;
        return root_enter(plan, root_fd, joined == 1, err);
}

/* PREPARED, and then START: from here on an exec may join us, or a hook that is a program of the
 * image's, so that nobody inside may look into this process (CVE-2016-9962). */
static int wait_for_start(int sync_fd, struct error *err)
{
        handshake_send(sync_fd, HANDSHAKE_PREPARED);
        if (handshake_expect(sync_fd, HANDSHAKE_START, err) < 0)
                return -1;
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        return 0;
}

/* The connection of whoever starts us takes the place of the socket to our maker. */
static void wait_for_starter(int start_fd, int *sync_fd)
{
        int fd;

        close(*sync_fd);
        while ((fd = accept4(start_fd, NULL, NULL, SOCK_CLOEXEC)) < 0 ||
               handshake_expect(fd, HANDSHAKE_START, NULL) < 0) {
                if (fd >= 0)
                        close(fd); /* it ended before it said anything */
                else if (errno != EINTR && errno != ECONNABORTED)
                        _exit(126);
        }
        close(start_fd);
        *sync_fd = fd;
}

/* A program that is not root's may open its standard streams anew (/dev/stderr), as everywhere. The
 * null device is nobody's, and known by its number: a path would be the image's (CVE-2026-88265).
 */
static void own_streams(const struct process_plan *process, const int stdio[3])
{
        struct stat st;

        if (process->uid == 0 || process->terminal)
                return;
        for (int i = 0; i < 3; i++)
                if (fstat(stdio[i], &st) == 0 && st.st_uid != process->uid &&
                    !(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)))
                        (void)!fchown(stdio[i], process->uid, process->gid);
}

static _Noreturn void go_on_early(const struct launch_request *request, const int stdio[3],
                                  int stub, int sync_fd)
{
        const struct process_plan *process = &request->plan->process;
        int keep[] = { sync_fd, stub, request->wait ? request->start_fd : -1 };
        struct error err = { 0 };
        struct process_ready ready;

        own_streams(process, stdio);
        if (process_prepare(process, stdio, request->preserve, keep, ARRAY_SIZE(keep), &ready,
                            &err) < 0 ||
            wait_for_start(sync_fd, &err) < 0)
                goto fail;
        if (request->wait)
                wait_for_starter(request->start_fd, &sync_fd);
        if (run_hooks(request, HOOK_START_CONTAINER, "created", &err) == 0)
                process_finish(process, &ready, stub, sync_fd);
fail:
        error_send(sync_fd, &err);
        _exit(126);
}

_Noreturn void child_main(const struct launch_request *request, struct opened_steps *opened,
                          int sync_fd)
{
        struct error err = { 0 };
        int stdio[3], slave = -1, stub;

        memcpy(stdio, request->stdio, sizeof(stdio));
        process_reset_signals();
        if (build_root(request, opened, sync_fd, &slave, &err) < 0 ||
            keyring_make(request->keyring, &err) < 0 || (stub = process_stub(&err)) < 0)
                goto fail;
        setsid();
        if (slave >= 0) {
                (void)ioctl(slave, TIOCSCTTY, 0);
                stdio[0] = stdio[1] = stdio[2] = slave;
        }
        if (request->ready_early)
                go_on_early(request, stdio, stub, sync_fd);
        if (wait_for_start(sync_fd, &err) == 0 &&
            run_hooks(request, HOOK_START_CONTAINER, "created", &err) == 0)
                process_execute(&request->plan->process, stdio, request->preserve, stub, sync_fd);
fail:
        error_send(sync_fd, &err);
        _exit(126);
}
