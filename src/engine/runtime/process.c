/* The last steps of a container's process.
 *
 * Order matters. Limits, priorities and groups need privilege that setresuid(2) takes away; the
 * bounding set needs CAP_SETPCAP; seccomp needs CAP_SYS_ADMIN or no_new_privs and must come after
 * whatever the filter may forbid; the final capability sets come last, and then the parent-death
 * signal, which every change of credentials clears (prctl(2)). With a single id a supervisor gives
 * the identity instead (emulate.h). The image that is executed is a stub in a sealed memfd, which
 * executes the program.
 */
#include "engine/runtime/process.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/emulate.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/home.h"
#include "engine/runtime/init_blob.h"
#include "engine/runtime/lsm.h"
#include "engine/runtime/priority.h"
#include "engine/runtime/procfs.h"
#include "engine/runtime/rlimit.h"
#include "engine/runtime/seccomp_notify.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define FDS_KEPT_MAX (PRESERVE_FDS_MAX + 4)

int process_stub(struct error *err)
{
        int fd = fd_sealed_memfd("kelp-init", init_blob, init_blob_len);

        return fd < 0 ? error_sys(err, errno, "create the start stub") : fd;
}

int process_console(const struct process_plan *process, int dev_pts_root_fd, int sync_fd,
                    struct error *err)
{
        AUTO_CLOSE int master =
                path_open_in(dev_pts_root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
        struct winsize size = { .ws_row = process->rows, .ws_col = process->columns };
        struct stat st;
        int unlock = 0, slave;

        /* An image may have anything of that name; the multiplexer is 5:2 (CVE-2025-52565). */
        if (master >= 0 &&
            (fstat(master, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2)))
                return error_set(err, ERROR_INVALID,
                                 "/dev/pts/ptmx in the container is no terminal multiplexer");
        if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
                return error_sys(err, errno, "open a terminal in the container");
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0)
                return error_sys(err, errno, "open a terminal in the container");
        if (size.ws_row && size.ws_col)
                (void)ioctl(master, TIOCSWINSZ, &size);
        (void)!fchown(slave, process->uid, (gid_t)-1);
        handshake_send(sync_fd, HANDSHAKE_CONSOLE);
        if (fd_send(sync_fd, master) < 0) {
                error_sys(err, errno, "hand over the terminal");
                close(slave);
                return -1;
        }
        return slave;
}

void process_reset_signals(void)
{
        sigset_t none;

        for (int sig = 1; sig < SIGRTMIN; sig++)
                if (sig != SIGKILL && sig != SIGSTOP)
                        signal(sig, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

int process_oom_score(const struct process_plan *process, struct error *err)
{
        char text[16];

        if (!process->oom_score_set)
                return 0;
        snprintf(text, sizeof(text), "%d", process->oom_score_adj);
        if (procfs_write("self/oom_score_adj", text) == 0)
                return 0;
        error_sys(err, errno, "set the OOM score to %d", process->oom_score_adj);
        return errno == EACCES ? error_cure(err, "only real root may make it lower than its own")
                               : -1;
}

static int set_limits(const struct process_plan *process, struct error *err)
{
        for (size_t i = 0; i < process->limit_count; i++) {
                const struct process_limit *limit = &process->limits[i];
                struct rlimit now;

                if (setrlimit((unsigned)limit->resource, &limit->limit) == 0)
                        continue;
                error_sys(err, errno, "set RLIMIT_%s to %" PRIu64 ":%" PRIu64,
                          rlimit_name(limit->resource), (uint64_t)limit->limit.rlim_cur,
                          (uint64_t)limit->limit.rlim_max);
                if (errno == EPERM && getrlimit((unsigned)limit->resource, &now) == 0)
                        error_cure(err,
                                   "only real root may raise it over the hard limit that is "
                                   "there, %" PRIu64,
                                   (uint64_t)now.rlim_max);
                return -1;
        }
        return 0;
}

/* With a single id setgroups(2) is denied for the namespace, even to its root, and there is nothing
 * to set. */
static int set_groups(const struct process_plan *process)
{
        if (process->keep_groups)
                return 0;
        if (setgroups(process->group_count, process->groups) == 0)
                return 0;
        return errno == EPERM && capability_in_effect(CAP_SETGID) ? 0 : -1;
}

static int set_ids(const struct process_plan *process, struct error *err)
{
        if (set_groups(process) < 0)
                return error_sys(err, errno, "set supplementary groups");
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
                return error_sys(err, errno, "keep capabilities");
        if (setresgid(process->gid, process->gid, process->gid) < 0) {
                error_sys(err, errno, "become group %u", process->gid);
                return error_cure(err,
                                  "the id is not mapped in this user namespace; see: kelp info");
        }
        if (setresuid(process->uid, process->uid, process->uid) < 0) {
                error_sys(err, errno, "become user %u", process->uid);
                return error_cure(err,
                                  "the id is not mapped in this user namespace; see: kelp info");
        }
        return 0;
}

/* Every descriptor of ours is closed by now (set_stdio), so that no /proc/self/fd/N leads to a host
 * directory; a directory that is not below the root all the same has no name in it (getcwd(2)), and
 * is refused (CVE-2024-21626). */
static int check_cwd(const struct process_plan *process, struct error *err)
{
        char path[PATH_MAX];

        if (getcwd(path, sizeof(path)))
                return 0;
        error_set(err, ERROR_CANNOT_RUN, "workdir \"%s\" is outside of the container",
                  process->cwd);
        return -1;
}

static int enter_cwd(const struct process_plan *process, struct error *err)
{
        if (chdir(process->cwd) < 0) {
                error_sys(err, errno, "workdir \"%s\" does not exist on container", process->cwd);
                err->kind = ERROR_CANNOT_RUN;
                return -1;
        }
        return check_cwd(process, err);
}

static int not_found(const char *name, bool found_unusable, struct error *err)
{
        if (found_unusable)
                return error_set(err, ERROR_CANNOT_RUN,
                                 "executable file \"%s\" cannot be executed: permission denied",
                                 name);
        return error_set(err, ERROR_NO_COMMAND,
                         "executable file \"%s\" not found in $PATH: No such file or directory",
                         name);
}

/* *unusable: something is there that cannot be executed. */
static bool is_executable(const char *path, bool *unusable)
{
        struct stat st;

        if (stat(path, &st) < 0)
                return false;
        if (S_ISREG(st.st_mode) && access(path, X_OK) == 0)
                return true;
        *unusable = true;
        return false;
}

/* execvp(3)'s search, in the container's root and with the container's PATH. */
static char *find_program(const struct process_plan *process, struct error *err)
{
        const char *name = process->args.items[0];
        const char *path = strv_env_get(&process->env, "PATH");
        AUTO(strv) dirs = { 0 };
        bool unusable = false;

        if (strchr(name, '/')) {
                if (is_executable(name, &unusable))
                        return xstrdup(name);
                not_found(name, unusable, err);
                return NULL;
        }
        strv_split(&dirs, path ? path : "/usr/local/bin:/usr/bin:/bin", ':');
        for (size_t i = 0; name[0] && i < dirs.count; i++) {
                char *candidate = path_join(dirs.items[i][0] ? dirs.items[i] : ".", name);

                if (is_executable(candidate, &unusable))
                        return candidate;
                free(candidate);
        }
        not_found(name, unusable, err);
        return NULL;
}

static int load_filter(const struct process_plan *process, int sync_fd, struct error *err)
{
        if (process->seccomp.listener_path)
                return seccomp_notify_load(&process->seccomp, sync_fd, err);
        if (process->seccomp.count > 0 && seccomp_program_load(&process->seccomp) < 0)
                return error_sys(err, errno, "load the seccomp filter");
        return 0;
}

static int enter_sandbox(const struct process_plan *process, int sync_fd, struct error *err)
{
        if (process->emulate && emulate_install(sync_fd, err) < 0)
                return -1;
        if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_sys(err, errno, "set no_new_privs");
        if (lsm_apply(process, err) < 0 || load_filter(process, sync_fd, err) < 0)
                return -1;
        return capability_apply(&process->capabilities, err);
}

static int become(const struct process_plan *process, struct error *err)
{
        if (process->umask >= 0)
                umask((mode_t)process->umask);
        if (process->personality_set && personality(process->personality) < 0)
                return error_sys(err, errno, "set linux.personality");
        if (set_limits(process, err) < 0 || priority_apply(&process->priority, err) < 0 ||
            capability_drop_bounding(process->capabilities.bounding, err) < 0 ||
            (!process->emulate && set_ids(process, err) < 0) || capability_raise(err) < 0 ||
            enter_cwd(process, err) < 0)
                return -1;
        return 0;
}

/* Descriptors 0, 1, 2 in place; all else is closed but what is to be kept. */
static int set_stdio(const int stdio[3], const struct preserved_fds *preserve, const int *keep,
                     size_t keep_count, struct error *err)
{
        int kept[FDS_KEPT_MAX];
        size_t count = 0;

        for (int fd = 0; fd < 3; fd++)
                if ((stdio[fd] == fd ? fd_set_cloexec(fd, false) : dup2(stdio[fd], fd)) < 0)
                        return error_sys(err, errno, "set up standard streams");
        for (size_t i = 0; preserve && i < preserve->count; i++) {
                kept[count++] = preserve->items[i];
                (void)fd_set_cloexec(preserve->items[i], false);
        }
        for (size_t i = 0; i < keep_count && count < FDS_KEPT_MAX; i++)
                kept[count++] = keep[i];
        fd_close_except(kept, count);
        return 0;
}

void process_ready_release(struct process_ready *ready)
{
        free(ready->program);
        free(ready->home);
        *ready = (struct process_ready){ 0 };
}

/* kelp-init MODE ERRFD PROGRAM ARGV0 ARGS... (src/init/init.c) */
static void execute_stub(const struct process_plan *process, const struct process_ready *ready,
                         int stub_fd, int sync_fd)
{
        AUTO(strv) argv = { 0 };
        AUTO(strv) env = { 0 };
        char *nothing[] = { NULL };

        strv_add(&argv, "kelp-init");
        strv_add(&argv, process->init ? "init" : "exec");
        strv_addf(&argv, "%d", sync_fd);
        strv_add(&argv, ready->program);
        strv_extend(&argv, &process->args);
        strv_extend(&env, &process->env);
        if (ready->home)
                strv_addf(&env, "HOME=%s", ready->home);
        syscall(SYS_execveat, stub_fd, "", argv.items, env.items ? env.items : nothing,
                AT_EMPTY_PATH);
}

int process_prepare(const struct process_plan *process, const int stdio[3],
                    const struct preserved_fds *preserve, const int *keep, size_t keep_count,
                    struct process_ready *ready_out, struct error *err)
{
        AUTO(process_ready) ready = { 0 };

        if (set_stdio(stdio, preserve, keep, keep_count, err) < 0)
                return -1;
        if (!strv_env_get(&process->env, "HOME"))
                ready.home = home_of(process->uid);
        if (become(process, err) < 0)
                return -1;
        ready.program = find_program(process, err);
        if (!ready.program)
                return -1;
        *ready_out = ready;
        ready = (struct process_ready){ 0 };
        return 0;
}

_Noreturn void process_finish(const struct process_plan *process, const struct process_ready *ready,
                              int stub_fd, int sync_fd)
{
        struct error err = { 0 };
        sigset_t none;

        /* The stub closes it on exec. */
        if (fd_set_cloexec(sync_fd, false) < 0) {
                error_sys(&err, errno, "close descriptors");
                goto fail;
        }
        if (enter_sandbox(process, sync_fd, &err) < 0)
                goto fail;
        if (process->die_with_parent)
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execute_stub(process, ready, stub_fd, sync_fd);
        error_sys(&err, errno, "execute the start stub");
        err.kind = ERROR_CANNOT_RUN;
fail:
        error_send(sync_fd, &err);
        _exit(127);
}

_Noreturn void process_execute(const struct process_plan *process, const int stdio[3],
                               const struct preserved_fds *preserve, int stub_fd, int sync_fd)
{
        struct error err = { 0 };
        int keep[] = { sync_fd, stub_fd };
        struct process_ready ready;

        if (process_prepare(process, stdio, preserve, keep, ARRAY_SIZE(keep), &ready, &err) == 0)
                process_finish(process, &ready, stub_fd, sync_fd);
        error_send(sync_fd, &err);
        _exit(127);
}
