/* See feed.h. */
#include "engine/build/feed.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/widen.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct feeder {
        const time_t *mtime;
        int (*write)(void *data, struct pack_stream *stream, struct error *err);
        void *data;
};

static _Noreturn void child_main(const struct feeder *feeder, int out_fd, int error_fd)
{
        struct pack_stream_options options = { .out_fd = out_fd, .mtime = feeder->mtime };
        struct pack_stream *stream = pack_stream_open(&options);
        struct error err = { 0 };

        signal(SIGPIPE, SIG_IGN);
        if (feeder->write(feeder->data, stream, &err) < 0 || pack_stream_close(stream, &err) < 0)
                error_send(error_fd, &err);
        _exit(0);
}

/* How the child ended; rc: how reading from it went. Its own reason goes before that of whoever
 * found the archive cut off. */
static int settle(pid_t pid, int error_fd, int rc, struct error *err)
{
        struct error why = { 0 };
        int got = error_receive(error_fd, &why), status = 0;

        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (got != 0 && (rc == 0 || why.kind != ERROR_GENERAL))
                return error_copy(err, &why);
        if (rc == 0 && !WIFEXITED(status))
                return error_set(err, ERROR_GENERAL, "the copying process died");
        return rc;
}

int feed_layer(struct intake *intake, const time_t *mtime,
               int (*write)(void *data, struct pack_stream *stream, struct error *err), void *data,
               struct built_layer *layer_out, struct error *err)
{
        const struct feeder feeder = { mtime, write, data };
        int pipe_fds[2], error_fds[2], rc;
        pid_t pid;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0 || pipe2(error_fds, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        widen_pipe(pipe_fds[1], (size_t)1 << 20);
        pid = fork();
        if (pid < 0)
                return error_sys(err, errno, "fork");
        if (pid == 0) {
                close(pipe_fds[0]);
                close(error_fds[0]);
                child_main(&feeder, pipe_fds[1], error_fds[1]);
        }
        close(pipe_fds[1]);
        close(error_fds[1]);
        rc = build_layer(intake, pipe_fds[0], layer_out, err);
        close(pipe_fds[0]);
        rc = settle(pid, error_fds[0], rc, err);
        close(error_fds[0]);
        return rc;
}
