/* Several things at once. See pod_jobs.h. The children tell over a pipe what went wrong; an error
 * is smaller than what a pipe takes, so none of them waits for another. */
#include "cli/pod/pod_jobs.h"

#include "base/alloc.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
        pid_t pid;
        int fd;
};

static struct child begin(struct pod_job *job, int (*run)(void *data, struct error *err))
{
        struct child child = { .fd = -1 };
        int pair[2];

        job->err = (struct error){ 0 };
        if (pipe2(pair, O_CLOEXEC) < 0) {
                error_sys(&job->err, errno, "create pipe");
                return child;
        }
        child.pid = fork();
        if (child.pid == 0) {
                struct error err = { 0 };

                if (run(job->data, &err) < 0)
                        (void)fd_write_all(pair[1], &err, sizeof(err));
                _exit(0);
        }
        close(pair[1]);
        child.fd = pair[0];
        if (child.pid < 0)
                error_sys(&job->err, errno, "create a process");
        return child;
}

static void finish(struct pod_job *job, const struct child *child)
{
        struct error err;
        int status = 0;

        if (child->pid <= 0)
                return;
        if (fd_read_full(child->fd, &err, sizeof(err)) == (ssize_t)sizeof(err))
                job->err = err;
        (void)waitpid(child->pid, &status, 0);
        if (!WIFEXITED(status) && job->err.kind == ERROR_NONE)
                error_set(&job->err, ERROR_GENERAL, "the process that was to do it died");
}

void pod_jobs_run(struct pod_job *jobs, size_t count, int (*run)(void *data, struct error *err))
{
        struct child *children = xcalloc(count + 1, sizeof(*children));

        for (size_t i = 0; i < count; i++)
                children[i] = begin(&jobs[i], run);
        for (size_t i = 0; i < count; i++) {
                finish(&jobs[i], &children[i]);
                if (children[i].fd >= 0)
                        close(children[i].fd);
        }
        free(children);
}
