/* Making and entering namespaces around the clone of a container's first process. See namespaces.h.
 *
 * To be born in namespaces that are there already, a process needs a parent in them: setns(2) for a
 * pid namespace counts for children only, and what a user namespace allows is needed for the
 * others. That parent is an intermediate process, so that ours stays where it is; it clones with
 * CLONE_PARENT, which makes the child ours, and ends. The mount namespace comes last and in the
 * child, when nothing of ours is looked up by path any more.
 */
#include "engine/runtime/namespaces.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "engine/runtime/clone.h"
#include "engine/runtime/process.h"
#include "engine/runtime/procfs.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* The path is opened once, and what it leads to is asked for its type. */
static int open_namespace(const struct namespace_join *join, struct error *err)
{
        AUTO_CLOSE int fd = open(join->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd < 0)
                return error_sys(err, errno, "open %s namespace %s", join->type, join->path);
        if (ioctl(fd, NS_GET_NSTYPE) != (int)join->flag)
                return error_set(err, ERROR_INVALID, "%s is not a %s namespace", join->path,
                                 join->type);
        return take_fd(&fd);
}

struct joins {
        int fds[NAMESPACE_KINDS]; /* -1: entered, or for the child */
};

static void joins_release(struct joins *joins)
{
        for (size_t i = 0; i < NAMESPACE_KINDS; i++)
                if (joins->fds[i] >= 0)
                        close(joins->fds[i]);
}

/* The mount namespace comes when all of ours is open; out of another's cgroup namespace nobody gets
 * into a cgroup (nsdelegate, cgroups(7)), so that who is to be born in one enters it later. */
static bool is_late(const struct namespace_join *join, int cgroup_fd)
{
        return join->flag == CLONE_NEWNS || (join->flag == CLONE_NEWCGROUP && cgroup_fd >= 0);
}

static int open_all(const struct launch_plan *plan, int cgroup_fd, struct joins *joins,
                    struct error *err)
{
        for (size_t i = 0; i < NAMESPACE_KINDS; i++)
                joins->fds[i] = -1;
        for (size_t i = 0; i < plan->join_count; i++) {
                if (is_late(&plan->joins[i], cgroup_fd))
                        continue;
                joins->fds[i] = open_namespace(&plan->joins[i], err);
                if (joins->fds[i] < 0)
                        return -1;
        }
        return 0;
}

static int enter(const struct launch_plan *plan, struct joins *joins, size_t i, bool may_fail,
                 struct error *err)
{
        const struct namespace_join *join = &plan->joins[i];

        if (joins->fds[i] < 0)
                return 0;
        /* To enter the user namespace that one is in already is an error (setns(2)). */
        if (setns(joins->fds[i], (int)join->flag) < 0 &&
            !(join->flag == CLONE_NEWUSER && errno == EINVAL)) {
                if (may_fail)
                        return 0;
                return error_sys(err, errno, "enter %s namespace %s", join->type, join->path);
        }
        close(joins->fds[i]);
        joins->fds[i] = -1;
        return 0;
}

/* Some may be ours to enter only before the user namespace takes our rights, some only after it has
 * given new ones. */
static int enter_all(const struct launch_plan *plan, struct joins *joins, struct error *err)
{
        bool user = plan->join_count > 0 && plan->joins[0].flag == CLONE_NEWUSER;

        for (size_t i = 1; user && i < plan->join_count; i++)
                (void)enter(plan, joins, i, true, NULL);
        for (size_t i = 0; i < plan->join_count; i++)
                if (enter(plan, joins, i, false, err) < 0)
                        return -1;
        return 0;
}

/* What the intermediate process says: the child's pid, or why there is none. */
struct birth {
        pid_t pid;
        struct error err;
};

/* A network namespace that nobody may reach through the child is made here, and handed out. */
static int make_network(const struct launch_plan *plan, int *fd_out, struct error *err)
{
        if (!(plan->clone_flags & CLONE_NEWNET) || (plan->clone_flags & CLONE_NEWUSER))
                return 0;
        if (unshare(CLONE_NEWNET) < 0)
                return error_sys(err, errno, "create the container's namespaces");
        *fd_out = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "open the network namespace") : 0;
}

/* Returns in the child only. */
static void intermediate(const struct launch_plan *plan, int cgroup_fd, int report_fd)
{
        AUTO(joins) joins;
        AUTO_CLOSE int network_fd = -1;
        struct birth birth = { .pid = -1 };
        unsigned long long flags;
        int oom = process_oom_score(&plan->process, &birth.err);

        /* Nobody in there may reach our memory or /proc/PID/exe (CVE-2016-9962). */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        if (open_all(plan, cgroup_fd, &joins, &birth.err) == 0 && oom == 0 &&
            enter_all(plan, &joins, &birth.err) == 0 &&
            make_network(plan, &network_fd, &birth.err) == 0) {
                /* Maps can be written only for a process that is not closed to its own user; the
                 * child closes itself when they are (proc(5), dumpable). */
                if (plan->clone_flags & CLONE_NEWUSER)
                        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
                flags = network_fd >= 0 ? plan->clone_flags & ~(unsigned long long)CLONE_NEWNET
                                        : plan->clone_flags;
                birth.pid = clone_into(flags | CLONE_PARENT, cgroup_fd, NULL);
                if (birth.pid == 0)
                        return;
                if (birth.pid < 0)
                        error_sys(&birth.err, errno, "create the container's namespaces");
        }
        (void)!(network_fd >= 0 ? fd_send_with(report_fd, &birth, sizeof(birth), network_fd)
                                : send(report_fd, &birth, sizeof(birth), MSG_NOSIGNAL));
        _exit(0);
}

static pid_t take_birth(pid_t between, int report_fd, int *pidfd_out, int *network_fd_out,
                        struct error *err)
{
        struct birth birth;
        ssize_t n;

        do {
                n = fd_receive_with(report_fd, &birth, sizeof(birth), 0, network_fd_out);
        } while (n < 0 && errno == EINTR);
        while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
                ;
        if (n != sizeof(birth))
                return error_set(err, ERROR_GENERAL, "entering the container's namespaces failed");
        if (birth.pid < 0)
                return error_copy(err, &birth.err);
        /* Our own child: the pid stays its until we wait for it. */
        *pidfd_out = (int)syscall(SYS_pidfd_open, birth.pid, 0);
        if (*pidfd_out >= 0)
                return birth.pid;
        error_sys(err, errno, "open the container's process");
        kill(birth.pid, SIGKILL);
        waitpid(birth.pid, NULL, 0);
        return -1;
}

static pid_t clone_with_joins(const struct launch_plan *plan, int cgroup_fd, int *pidfd_out,
                              int *network_fd_out, struct error *err)
{
        int pair[2];
        pid_t between, pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_sys(err, errno, "create socket pair");
        between = fork();
        if (between == 0) {
                close(pair[0]);
                intermediate(plan, cgroup_fd, pair[1]);
                close(pair[1]);
                return 0;
        }
        close(pair[1]);
        pid = between < 0 ? error_sys(err, errno, "create a process")
                          : take_birth(between, pair[0], pidfd_out, network_fd_out, err);
        close(pair[0]);
        return pid;
}

pid_t clone_into_namespaces(const struct launch_plan *plan, int cgroup_fd, int *pidfd_out,
                            int *network_fd_out, struct error *err)
{
        pid_t pid;

        *network_fd_out = -1;
        if (plan->join_count > 0)
                return clone_with_joins(plan, cgroup_fd, pidfd_out, network_fd_out, err);
        pid = clone_into(plan->clone_flags, cgroup_fd, pidfd_out);
        return pid < 0 ? error_sys(err, errno, "create the container's namespaces") : pid;
}

static void add_offset(struct strbuf *text, const char *clock, const struct time_offset *offset)
{
        if (offset->set)
                strbuf_addf(text, "%s %" PRId64 " %u\n", clock, offset->seconds,
                            offset->nanoseconds);
}

static bool enters(const struct launch_plan *plan, unsigned long long flag)
{
        for (size_t i = 0; i < plan->join_count; i++)
                if (plan->joins[i].flag == flag)
                        return true;
        return false;
}

/* A process that is closed to others does not own its files in /proc (proc(5), dumpable). In a user
 * namespace that was entered it is closed, and opens for this one write; not where processes that
 * were there before can see it, in their pid namespace. */
static int write_offsets(const struct launch_plan *plan, const char *text)
{
        int rc = procfs_write("self/timens_offsets", text), saved;

        if (rc == 0 || errno != EACCES || !enters(plan, CLONE_NEWUSER) ||
            enters(plan, CLONE_NEWPID))
                return rc;
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        rc = procfs_write("self/timens_offsets", text);
        saved = errno;
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        errno = saved;
        return rc;
}

/* Offsets can be set until a process is in the namespace; unshare(2) makes one for children, and
 * setns(2) is how this process gets in itself (time_namespaces(7)). */
static int enter_time(const struct launch_plan *plan, struct error *err)
{
        AUTO(strbuf) offsets = { 0 };
        AUTO_CLOSE int fd = -1;

        add_offset(&offsets, "monotonic", &plan->monotonic);
        add_offset(&offsets, "boottime", &plan->boottime);
        if (offsets.len > 0 && write_offsets(plan, offsets.data) < 0)
                return error_sys(err, errno, "set linux.timeOffsets");
        fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
                return error_sys(err, errno, "enter the time namespace");
        return 0;
}

/* Until then we are whoever we were outside, who may not be mapped here: files that we make, and
 * the file systems, would belong to nobody. */
void namespaces_become_root(bool keep_groups)
{
        if (!keep_groups)
                (void)!setgroups(0, NULL);
        (void)!setresgid(0, 0, 0);
        (void)!setresuid(0, 0, 0);
}

static bool is_ours(int fd, const char *own)
{
        struct stat a, b;

        return fstat(fd, &a) == 0 && stat(own, &b) == 0 && a.st_ino == b.st_ino;
}

static int enter_cgroup(const struct launch_plan *plan, struct error *err)
{
        for (size_t i = 0; i < plan->join_count; i++) {
                const struct namespace_join *join = &plan->joins[i];
                AUTO_CLOSE int fd = -1;

                if (join->flag != CLONE_NEWCGROUP)
                        continue;
                fd = open_namespace(join, err);
                if (fd < 0)
                        return -1;
                if (!is_ours(fd, "/proc/self/ns/cgroup") && setns(fd, CLONE_NEWCGROUP) < 0)
                        return error_sys(err, errno, "enter cgroup namespace %s", join->path);
        }
        return 0;
}

int namespaces_late(const struct launch_plan *plan, struct error *err)
{
        bool joined = plan->join_count > 0 && plan->joins[0].flag == CLONE_NEWUSER;

        if (enter_cgroup(plan, err) < 0)
                return -1;

        if (plan->late_flags && unshare((int)plan->late_flags) < 0)
                return error_sys(err, errno, "create the container's namespaces");
        if ((plan->late_flags & CLONE_NEWTIME) && enter_time(plan, err) < 0)
                return -1;
        /* Last: a change of ids makes /proc/self somebody else's (proc(5), dumpable). */
        if (joined || (plan->clone_flags & CLONE_NEWUSER))
                namespaces_become_root(plan->process.keep_groups);
        return 0;
}

int namespaces_enter_mount(const struct launch_plan *plan, struct error *err)
{
        for (size_t i = 0; i < plan->join_count; i++) {
                const struct namespace_join *join = &plan->joins[i];
                AUTO_CLOSE int fd = -1;

                if (join->flag != CLONE_NEWNS)
                        continue;
                fd = open_namespace(join, err);
                if (fd < 0)
                        return -1;
                if (setns(fd, CLONE_NEWNS) < 0)
                        return error_sys(err, errno, "enter mount namespace %s", join->path);
                return 1;
        }
        return 0;
}
