/* Helper programs through posix_spawn(3). See spawn.h. */
#include "base/spawn.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static bool listed(const struct spawn_request *request, int theirs)
{
        for (size_t i = 0; i < request->fd_count; i++)
                if (request->fds[i].theirs == theirs)
                        return true;
        return false;
}

#define FDS_MAX 8

/* Copies of ours above every number that a child gets, so that no dup2 overwrites one that a later
 * one needs. */
static int lift(const struct spawn_request *request, int lifted[FDS_MAX])
{
        for (size_t i = 0; i < request->fd_count; i++) {
                lifted[i] = fcntl(request->fds[i].ours, F_DUPFD_CLOEXEC, 64);
                if (lifted[i] < 0)
                        return errno;
        }
        return 0;
}

static void drop(int lifted[FDS_MAX])
{
        for (size_t i = 0; i < FDS_MAX; i++)
                if (lifted[i] >= 0)
                        close(lifted[i]);
}

static int add_actions(posix_spawn_file_actions_t *actions, const struct spawn_request *request,
                       const int lifted[FDS_MAX])
{
        int rc = 0;

        for (int fd = 0; fd < 3 && rc == 0; fd++)
                if (!listed(request, fd))
                        rc = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
        for (size_t i = 0; i < request->fd_count && rc == 0; i++)
                rc = posix_spawn_file_actions_adddup2(actions, lifted[i], request->fds[i].theirs);
        return rc;
}

static int set_attributes(posix_spawnattr_t *attr)
{
        sigset_t none, defaults;

        /* What we ignore is our affair: a helper starts with every signal at its default. */
        sigemptyset(&none);
        sigfillset(&defaults);
        posix_spawnattr_setsigmask(attr, &none);
        posix_spawnattr_setsigdefault(attr, &defaults);
        return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

int spawn_start(const struct spawn_request *request, pid_t *pid_out, struct error *err)
{
        AUTO_FREE char *program = path_find_program(request->argv[0]);
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attr;
        int lifted[FDS_MAX] = { -1, -1, -1, -1, -1, -1, -1, -1 };
        char *const *env = request->env ? (char *const *)(uintptr_t)request->env : environ;
        int rc;

        if (!program)
                return error_set(err, ERROR_NOT_FOUND, "program %s is not installed",
                                 request->argv[0]);
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attr);
        set_attributes(&attr);
        rc = lift(request, lifted);
        if (rc == 0)
                rc = add_actions(&actions, request, lifted);
        if (rc == 0)
                rc = posix_spawn(pid_out, program, &actions, &attr,
                                 (char *const *)(uintptr_t)request->argv, env);
        drop(lifted);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attr);
        return rc == 0 ? 0 : error_sys(err, rc, "start %s", program);
}

int spawn_wait(pid_t pid)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Read both pipes until both end, so that neither can block the child. */
static void drain(int fds[2], struct strbuf bufs[2])
{
        struct pollfd polled[2] = { { .fd = fds[0], .events = POLLIN },
                                    { .fd = fds[1], .events = POLLIN } };
        char chunk[8192];

        while (polled[0].fd >= 0 || polled[1].fd >= 0) {
                if (poll(polled, 2, -1) < 0 && errno != EINTR)
                        return;
                for (int i = 0; i < 2; i++) {
                        ssize_t n;

                        if (polled[i].fd < 0 || !polled[i].revents)
                                continue;
                        n = read(polled[i].fd, chunk, sizeof(chunk));
                        if (n > 0)
                                strbuf_add(&bufs[i], chunk, (size_t)n);
                        else if (n == 0 || errno != EINTR)
                                polled[i].fd = -1;
                }
        }
}

int spawn_capture(const char *const *argv, const char *input, size_t max, char **stdout_out,
                  char **stderr_out, struct error *err)
{
        int in[2] = { -1, -1 }, out[2] = { -1, -1 }, problems[2] = { -1, -1 };
        struct strbuf got[2] = { { .max = max }, { .max = max } };
        pid_t pid;
        int started;

        if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(problems, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        started = spawn_start(
                &(struct spawn_request){ .argv = argv,
                                         .fds = (struct spawn_fd[]){ { in[0], 0 },
                                                                     { out[1], 1 },
                                                                     { problems[1], 2 } },
                                         .fd_count = 3 },
                &pid, err);
        close(in[0]);
        close(out[1]);
        close(problems[1]);
        if (started == 0 && input)
                (void)fd_write_all(in[1], input, strlen(input));
        close(in[1]);
        if (started == 0)
                drain((int[]){ out[0], problems[0] }, got);
        close(out[0]);
        close(problems[0]);
        if (started < 0)
                return -1;
        *stdout_out = strbuf_take(&got[0]);
        if (stderr_out)
                *stderr_out = strbuf_take(&got[1]);
        strbuf_release(&got[1]);
        return spawn_wait(pid);
}

int spawn_call(int (*call)(void *data, struct error *err), void *data, struct error *err)
{
        struct error why = { 0 };
        int report[2], got;
        pid_t pid;

        if (pipe2(report, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
                close(report[0]);
                if (call(data, &why) < 0)
                        error_send(report[1], &why);
                _exit(why.kind != ERROR_NONE);
        }
        close(report[1]);
        got = pid < 0 ? error_sys(err, errno, "fork") : error_receive(report[0], err);
        close(report[0]);
        if (pid > 0)
                (void)waitpid(pid, NULL, 0);
        return got == 0 ? 0 : -1;
}
