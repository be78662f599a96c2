/* The last steps of a container's process.
 *
 * Order matters. Limits and groups need privilege that setresuid(2) takes away; the bounding set
 * needs CAP_SETPCAP; seccomp needs CAP_SYS_ADMIN or no_new_privs and must come after whatever the
 * filter may forbid; the final capability sets come last, and then the parent-death signal, which
 * every change of credentials clears (prctl(2)). With a single id a supervisor gives the identity
 * instead (emulate.h). The image that is executed is a stub in a sealed
 * memfd, which executes the program.
 */
#include "engine/runtime/process.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/emulate.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/init_blob.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

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
        int unlock = 0, slave;

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

static int set_limits(const struct process_plan *process, struct error *err)
{
        for (size_t i = 0; i < process->limit_count; i++) {
                struct rlimit limit = process->limits[i].limit;

                if (limit.rlim_cur >= (rlim_t)INT64_MAX)
                        limit.rlim_cur = RLIM_INFINITY;
                if (limit.rlim_max >= (rlim_t)INT64_MAX)
                        limit.rlim_max = RLIM_INFINITY;
                if (setrlimit((unsigned)process->limits[i].resource, &limit) < 0)
                        return error_sys(err, errno, "set a resource limit");
        }
        return 0;
}

/* With a single id there is nothing to set: setgroups(2) is denied for the namespace. */
static bool groups_denied(void)
{
        char text[8] = "";
        AUTO_CLOSE int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);

        return fd >= 0 && fd_read_full(fd, text, sizeof(text) - 1) > 0 && text[0] == 'd';
}

static int set_ids(const struct process_plan *process, bool deny_groups, struct error *err)
{
        if (!deny_groups && setgroups(process->group_count, process->groups) < 0)
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
        if (process->cwd_create) {
                AUTO_CLOSE int made = path_make_dirs_in(AT_FDCWD, process->cwd, 0755);
                (void)made;
        }
        if (chdir(process->cwd) < 0) {
                error_sys(err, errno, "workdir \"%s\" does not exist on container", process->cwd);
                err->kind = errno == EACCES ? ERROR_CANNOT_RUN : ERROR_NO_COMMAND;
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
        return error_set(err, ERROR_NO_COMMAND, "executable file \"%s\" not found in $PATH", name);
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

static int enter_sandbox(const struct process_plan *process, int sync_fd, struct error *err)
{
        if (process->emulate && emulate_install(sync_fd, err) < 0)
                return -1;
        if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_sys(err, errno, "set no_new_privs");
        if (process->seccomp.count > 0 && seccomp_program_load(&process->seccomp) < 0)
                return error_sys(err, errno, "load the seccomp filter");
        return capability_apply(&process->capabilities, err);
}

static int become(const struct process_plan *process, bool deny_groups, struct error *err)
{
        if (process->umask >= 0)
                umask((mode_t)process->umask);
        if (set_limits(process, err) < 0 ||
            capability_drop_bounding(process->capabilities.bounding, err) < 0 ||
            (!process->emulate && set_ids(process, deny_groups, err) < 0) ||
            capability_raise(err) < 0 || enter_cwd(process, err) < 0)
                return -1;
        return 0;
}

/* Descriptors 0, 1, 2 in place; all else is closed but the socket and the stub, which closes on
 * exec. */
static int set_stdio(const int stdio[3], int sync_fd, int stub_fd, struct error *err)
{
        for (int fd = 0; fd < 3; fd++)
                if ((stdio[fd] == fd ? fd_set_cloexec(fd, false) : dup2(stdio[fd], fd)) < 0)
                        return error_sys(err, errno, "set up standard streams");
        fd_close_except((int[]){ sync_fd, stub_fd }, 2);
        if (fd_set_cloexec(sync_fd, false) < 0)
                return error_sys(err, errno, "close descriptors");
        return 0;
}

/* kelp-init MODE ERRFD PROGRAM ARGV0 ARGS... (src/init/init.c) */
static void execute_stub(const struct process_plan *process, char *program, int stub_fd,
                         int sync_fd)
{
        AUTO(strv) argv = { 0 };

        strv_add(&argv, "kelp-init");
        strv_add(&argv, process->init ? "init" : "exec");
        strv_addf(&argv, "%d", sync_fd);
        strv_add(&argv, program);
        strv_extend(&argv, &process->args);
        syscall(SYS_execveat, stub_fd, "", argv.items,
                process->env.items ? process->env.items : (char *[]){ NULL }, AT_EMPTY_PATH);
}

_Noreturn void process_execute(const struct process_plan *process, const int stdio[3], int stub_fd,
                               int sync_fd)
{
        struct error err = { 0 };
        AUTO_FREE char *program = NULL;
        bool deny_groups = groups_denied();
        sigset_t none;

        if (set_stdio(stdio, sync_fd, stub_fd, &err) < 0 ||
            become(process, deny_groups, &err) < 0 || !(program = find_program(process, &err)) ||
            enter_sandbox(process, sync_fd, &err) < 0)
                goto fail;
        if (process->die_with_parent)
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execute_stub(process, program, stub_fd, sync_fd);
        error_sys(&err, errno, "execute the start stub");
        err.kind = ERROR_CANNOT_RUN;
fail:
        error_send(sync_fd, &err);
        _exit(127);
}
