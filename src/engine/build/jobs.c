/* Stages side by side. See jobs.h.
 *
 * A stage is built by a child of the build, which has the build's staging directory and what the
 * stages before became, and a mount namespace of its own. It ends with its images published and
 * held, what others need of it in the staging directory (stage_report.c), and how it went in memory
 * that both have. The target is not among them: squashing it and handing it out need it here.
 *
 * When the build dies each child is told (PR_SET_PDEATHSIG) and ends as at an interruption; the
 * last one sweeps the staging directory up.
 */
#include "engine/build/jobs.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/build/line_relay.h"
#include "engine/image/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* How a child ended. */
struct outcome {
        bool built;
        int exit_code; /* of a RUN that failed */
        struct error error;
};

struct job {
        struct stage *stage;
        struct outcome *outcome;
        pid_t pid;
        int pidfd; /* -1: it does not run */
        struct line_relay out, err;
};

struct jobs {
        struct executor *executor;
        struct job *items; /* one for each stage before the target */
        size_t count, running;
        struct outcome *outcomes;
        sigset_t mask; /* while it waits */
        bool ending;   /* after a failure or an interruption: no further one begins */
};

static void build(struct job *job)
{
        struct stage *stage = job->stage;
        struct error *err = &job->outcome->error;

        stage->executor->exit_code = 0;
        strv_release(&stage->executor->made);
        job->outcome->built = view_enter(err) == 0 && stage_build(stage, err) == 0;
        job->outcome->exit_code = stage->executor->exit_code;
        if (stage_report_write(stage, job->outcome->built ? err : NULL) < 0)
                job->outcome->built = false;
}

/* The staging directory is the build's, unless that is dead. */
static void leave(struct executor *executor, pid_t parent)
{
        const struct store *store = executor->store;

        executor_release(executor);
        if (getppid() != parent)
                (void)staging_sweep(store, NULL);
}

static void on_pipe(int signal_number)
{
        (void)signal_number;
}

static _Noreturn void child_main(const struct jobs *jobs, struct job *job, pid_t parent,
                                 const int outputs[2])
{
        struct executor *executor = jobs->executor;

        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        /* Nobody reads when the build is dead, and there is still something to put away. A handler:
         * what is ignored stays so in the programs of a RUN. */
        signal(SIGPIPE, on_pipe);
        sigprocmask(SIG_SETMASK, &jobs->mask, NULL);
        close(executor->staging.store_fd);
        executor->staging.store_fd = -1;
        if (dup2(outputs[0], STDOUT_FILENO) < 0 || dup2(outputs[1], STDERR_FILENO) < 0)
                error_sys(&job->outcome->error, errno, "redirect the output of a stage");
        else if (getppid() == parent)
                build(job);
        fflush(stdout);
        leave(executor, parent);
        _exit(0);
}

static void forget(struct job *job)
{
        line_relay_close(&job->out);
        line_relay_close(&job->err);
        if (job->pidfd >= 0)
                close(job->pidfd);
        job->pidfd = -1;
}

static int fork_job(struct jobs *jobs, struct job *job, const int outputs[2], struct error *err)
{
        pid_t parent = getpid();

        fflush(stdout);
        job->pid = fork();
        if (job->pid == 0)
                child_main(jobs, job, parent, outputs);
        if (job->pid < 0)
                return error_sys(err, errno, "fork");
        job->pidfd = (int)syscall(SYS_pidfd_open, job->pid, 0);
        if (job->pidfd >= 0)
                return 0;
        error_sys(err, errno, "watch a stage of the build");
        (void)kill(job->pid, SIGKILL);
        (void)waitpid(job->pid, NULL, 0);
        return -1;
}

static int start(struct jobs *jobs, struct job *job, struct error *err)
{
        int outputs[2] = { -1, -1 }, rc = -1;

        if (line_relay_open(&job->out, STDOUT_FILENO, &outputs[0], err) == 0 &&
            line_relay_open(&job->err, STDERR_FILENO, &outputs[1], err) == 0)
                rc = fork_job(jobs, job, outputs, err);
        for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
                if (outputs[i] >= 0)
                        close(outputs[i]);
        if (rc < 0)
                forget(job);
        else
                jobs->running++;
        return rc;
}

static bool is_ready(const struct stage *stage)
{
        for (size_t i = 0; i < stage->index; i++)
                if (stage->needs[i] && !stage->executor->stages[i].ended)
                        return false;
        return true;
}

/* All that can begin. */
static int start_ready(struct jobs *jobs, struct error *err)
{
        size_t most = jobs->executor->options->jobs;

        for (size_t i = 0; i < jobs->count && (most == 0 || jobs->running < most); i++) {
                struct job *job = &jobs->items[i];

                if (!job->stage->needed || job->stage->ended || job->pidfd >= 0 ||
                    !is_ready(job->stage))
                        continue;
                if (start(jobs, job, err) < 0)
                        return -1;
        }
        return 0;
}

/* It has ended. err NULL: another failure is told. */
static int settle(struct jobs *jobs, struct job *job, struct error *err)
{
        const struct outcome *outcome = job->outcome;
        int status = 0;

        line_relay_drain(&job->out);
        line_relay_drain(&job->err);
        forget(job);
        jobs->running--;
        while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (!WIFEXITED(status))
                return error_set(err, ERROR_GENERAL,
                                 "the process that built stage %zu was killed by signal %d",
                                 job->stage->index + 1, WTERMSIG(status));
        if (outcome->built) {
                job->stage->ended = true;
                return stage_report_read(job->stage, err);
        }
        (void)stage_report_read(job->stage, NULL);
        if (err)
                jobs->executor->exit_code = outcome->exit_code;
        return error_copy(err, &outcome->error);
}

static void end_all(struct jobs *jobs)
{
        jobs->ending = true;
        for (size_t i = 0; i < jobs->count; i++)
                if (jobs->items[i].pidfd >= 0)
                        (void)kill(jobs->items[i].pid, SIGTERM);
}

/* Until one prints or ends. */
static int await(struct jobs *jobs, struct error *err)
{
        AUTO_FREE struct pollfd *slots = xcalloc(3 * jobs->count, sizeof(*slots));
        int rc = 0;

        for (size_t i = 0; i < jobs->count; i++) {
                const struct job *job = &jobs->items[i];
                const int fds[] = { job->out.from, job->err.from, job->pidfd };

                for (size_t n = 0; n < ARRAY_SIZE(fds); n++)
                        slots[3 * i + n] = (struct pollfd){ .fd = fds[n], .events = POLLIN };
        }
        if (ppoll(slots, 3 * jobs->count, NULL, &jobs->mask) < 0)
                return errno == EINTR ? 0 : error_sys(err, errno, "wait for the stages");
        for (size_t i = 0; i < jobs->count; i++) {
                struct job *job = &jobs->items[i];

                if (slots[3 * i].revents)
                        line_relay_pass(&job->out);
                if (slots[3 * i + 1].revents)
                        line_relay_pass(&job->err);
                if (slots[3 * i + 2].revents && settle(jobs, job, rc < 0 ? NULL : err) < 0)
                        rc = -1;
        }
        return rc;
}

/* The first failure is the one that is told. */
static int run(struct jobs *jobs, struct error *err)
{
        int rc = 0;

        for (;;) {
                if (!jobs->ending && executor_cancelled(jobs->executor)) {
                        rc = executor_interrupted(err);
                        end_all(jobs);
                }
                if (!jobs->ending && start_ready(jobs, err) < 0) {
                        rc = -1;
                        end_all(jobs);
                }
                if (jobs->running == 0)
                        return rc;
                if (await(jobs, rc < 0 ? NULL : err) < 0 && !jobs->ending) {
                        rc = -1;
                        end_all(jobs);
                }
        }
}

static int make_jobs(struct jobs *jobs, struct error *err)
{
        size_t size = jobs->count * sizeof(*jobs->outcomes);

        jobs->outcomes =
                mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (jobs->outcomes == MAP_FAILED)
                return error_sys(err, errno, "share memory");
        jobs->items = xcalloc(jobs->count, sizeof(*jobs->items));
        for (size_t i = 0; i < jobs->count; i++)
                jobs->items[i] = (struct job){ .stage = &jobs->executor->stages[i],
                                               .outcome = &jobs->outcomes[i],
                                               .pidfd = -1,
                                               .out = LINE_RELAY_EMPTY,
                                               .err = LINE_RELAY_EMPTY };
        return 0;
}

int jobs_run(struct executor *executor, struct error *err)
{
        struct jobs jobs = { .executor = executor, .count = executor->target };
        int rc;

        if (jobs.count == 0)
                return 0;
        if (make_jobs(&jobs, err) < 0)
                return -1;
        interrupt_block(&jobs.mask);
        rc = run(&jobs, err);
        sigprocmask(SIG_SETMASK, &jobs.mask, NULL);
        munmap(jobs.outcomes, jobs.count * sizeof(*jobs.outcomes));
        free(jobs.items);
        return rc;
}
