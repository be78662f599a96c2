/* A container's first process, from clone3(2) to its exec: root file system, mounts, pivot_root,
 * host name, terminal; then process.c.
 *
 * What needs no mapped ids comes first, so that it runs while newuidmap(1) does.
 */
#include "engine/runtime/child.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/process.h"
#include "engine/runtime/steps.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void reset_signals(void)
{
        for (int sig = 1; sig < SIGRTMIN; sig++)
                if (sig != SIGKILL && sig != SIGSTOP)
                        signal(sig, SIG_DFL);
}

/* Per-namespace settings: /proc/sys answers for the namespaces of the process that writes. */
static int set_sysctl(const struct launch_plan *plan, struct error *err)
{
        for (size_t i = 0; i < plan->sysctl.count; i++) {
                AUTO_FREE char *path = xasprintf("/proc/sys/%s", plan->sysctl.items[i]);
                char *value = strchr(path, '=');

                *value++ = '\0';
                if (fd_write_existing(AT_FDCWD, path, value) < 0)
                        return error_sys(err, errno, "set sysctl %s", path + strlen("/proc/sys/"));
        }
        return 0;
}

static int set_names(const struct launch_plan *plan, struct error *err)
{
        if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
                return error_sys(err, errno, "set host name %s", plan->hostname);
        if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
                return error_sys(err, errno, "set domain name %s", plan->domainname);
        return 0;
}

/* The terminal's slave shows as /dev/console too, as every engine has it. */
static int bind_console(int root_fd, int slave_fd, struct error *err)
{
        AUTO_CLOSE int target =
                path_open_in(root_fd, "/dev/console", O_RDONLY | O_CREAT | O_EXCL | O_NOCTTY, 0600);
        AUTO_CLOSE int clone_fd = (int)syscall(SYS_open_tree, slave_fd, "",
                                               AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC);

        if (target < 0 && errno == EEXIST)
                return 0;
        if (target < 0 || clone_fd < 0 ||
            syscall(SYS_move_mount, clone_fd, "", target, "",
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return error_sys(err, errno, "set up /dev/console");
        return 0;
}

static int enter_root(const struct launch_plan *plan, int root_fd, struct error *err)
{
        struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

        if (plan->root_read_only && syscall(SYS_mount_setattr, root_fd, "", AT_EMPTY_PATH,
                                            &read_only, sizeof(read_only)) < 0)
                return error_sys(err, errno, "make the root file system read-only");
        /* The old root ends up below "." and is let go at once (pivot_root(2), NOTES). */
        if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
            umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                return error_sys(err, errno, "change the root directory");
        return 0;
}

static int enter_cgroup_namespace(const struct launch_plan *plan, struct error *err)
{
        if ((plan->clone_flags & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
                return error_sys(err, errno, "create a cgroup namespace");
        return 0;
}

static int build_root(const struct launch_request *request, int sync_fd, int *slave_out,
                      struct error *err)
{
        const struct launch_plan *plan = request->plan;
        AUTO(opened_steps) opened = { 0 };
        AUTO_CLOSE int root_fd = -1;

        if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "make mounts private");
        /* Overlay makes its work directory with the mounter's ids, so it waits for the maps too. */
        if (steps_open(plan, false, &opened, err) < 0 ||
            handshake_expect(sync_fd, HANDSHAKE_MAPPED, err) < 0 ||
            enter_cgroup_namespace(plan, err) < 0 ||
            (request->mount_root && request->mount_root(request->data, err) < 0) ||
            steps_open(plan, true, &opened, err) < 0)
                return -1;
        root_fd = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return error_sys(err, errno, "open the root file system");
        if (set_sysctl(plan, err) < 0 || steps_attach(plan, root_fd, &opened, err) < 0 ||
            set_names(plan, err) < 0)
                return -1;
        if (plan->process.terminal) {
                *slave_out = process_console(&plan->process, root_fd, sync_fd, err);
                if (*slave_out < 0 || bind_console(root_fd, *slave_out, err) < 0)
                        return -1;
        }
        return enter_root(plan, root_fd, err);
}

_Noreturn void child_main(const struct launch_request *request, int sync_fd)
{
        struct error err = { 0 };
        int stdio[3], slave = -1, stub;

        memcpy(stdio, request->stdio, sizeof(stdio));
        reset_signals();
        if (process_oom_score(&request->plan->process, &err) < 0 ||
            build_root(request, sync_fd, &slave, &err) < 0 || (stub = process_stub(&err)) < 0)
                goto fail;
        setsid();
        if (slave >= 0) {
                (void)ioctl(slave, TIOCSCTTY, 0);
                stdio[0] = stdio[1] = stdio[2] = slave;
        }
        handshake_send(sync_fd, HANDSHAKE_PREPARED);
        if (handshake_expect(sync_fd, HANDSHAKE_START, &err) == 0) {
                /* From here on an exec may join us. Before, the network helper has to be able to
                 * open our namespaces, which an undumpable process does not allow (proc(5)). */
                prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
                process_execute(&request->plan->process, stdio, stub, sync_fd);
        }
fail:
        error_send(sync_fd, &err);
        _exit(126);
}
