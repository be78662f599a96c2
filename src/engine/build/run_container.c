/* The container of a RUN. See run_container.h.
 *
 * A child process makes it, starts it and stays attached, since starting changes a process for
 * good. When the build dies the child is told (PR_SET_PDEATHSIG): it ends the container and removes
 * it and what else the build has left. What is left when both are killed goes with the next build.
 */
#include "engine/build/run_container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/attach.h"
#include "engine/container/create.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"
#include "engine/image/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct job {
        struct stage *stage;
        struct container_spec *spec;
        const char *id;
        int *code; /* in memory that both have */
        pid_t parent;
};

static int attach(const struct job *job, struct container *container, int socket_fd,
                  struct error *err)
{
        const struct attach_options options = { .input = container->spec.interactive,
                                                .signals = true,
                                                .fatal = true };
        enum attach_end end;
        int code;

        if (attach_run(socket_fd, &options, &end, &code, err) < 0)
                return -1;
        if (end == ATTACH_LOST &&
            (state_wait_end(container->dir_fd, 1000, &code, NULL) <= 0 || code == STATE_NO_RECORD))
                return error_set(err, ERROR_GENERAL, "the container's monitor was lost");
        *job->code = code & 0xff;
        return 0;
}

static int start(const struct job *job, struct container *container, struct error *err)
{
        const struct executor_options *options = job->stage->executor->options;
        struct start_options how = options->start;
        struct userns_entry entry = { .sync_fd = -1 };
        AUTO_CLOSE int socket_fd = -1;

        how.attach = true;
        how.created = true;
        if (container_start(job->stage->executor->store, container, options->userns, &entry, &how,
                            &socket_fd, err) < 0)
                return -1;
        return attach(job, container, socket_fd, err);
}

static int make(const struct job *job, struct container *container, struct error *err)
{
        const struct store *store = job->stage->executor->store;
        AUTO_CLOSE int shared = store_lock_shared(store, err);

        return shared < 0 ? -1 : container_create(store, job->id, job->spec, container, err);
}

static int run_job(const struct job *job, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = make(job, &container, err);

        if (rc == 0)
                rc = start(job, &container, err);
        if (getppid() != job->parent) {
                run_container_remove(job->stage, job->id);
                executor_release(job->stage->executor);
        }
        return rc;
}

static _Noreturn void child_main(const struct job *job, int error_fd)
{
        struct error err = { 0 };

        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() == job->parent && run_job(job, &err) < 0)
                error_send(error_fd, &err);
        _exit(0);
}

/* Until the child ends; an interruption is passed on. */
static void await(const struct stage *stage, pid_t pid, const sigset_t *mask)
{
        AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        struct pollfd slot = { .fd = pidfd, .events = POLLIN };

        while (pidfd >= 0 && ppoll(&slot, 1, NULL, mask) < 0)
                if (executor_cancelled(stage->executor))
                        (void)kill(pid, SIGTERM);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
}

static int run_child(struct job *job, struct error *err)
{
        struct error why = { 0 };
        int report[2], got;
        sigset_t old;
        pid_t pid;

        if (pipe2(report, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        fflush(stdout);
        interrupt_block(&old);
        pid = fork();
        if (pid == 0) {
                close(report[0]);
                child_main(job, report[1]);
        }
        close(report[1]);
        if (pid > 0)
                await(job->stage, pid, &old);
        sigprocmask(SIG_SETMASK, &old, NULL);
        got = pid < 0 ? error_sys(&why, errno, "fork") : error_receive(report[0], &why);
        close(report[0]);
        return got == 0 ? 0 : error_copy(err, &why);
}

int run_container(struct stage *stage, struct container_spec *spec, const char *id, int *code_out,
                  struct error *err)
{
        struct job job = { .stage = stage, .spec = spec, .id = id, .parent = getpid() };
        int rc;

        job.code = mmap(NULL, sizeof(*job.code), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
        if (job.code == MAP_FAILED)
                return error_sys(err, errno, "share memory");
        rc = run_child(&job, err);
        *code_out = *job.code;
        munmap(job.code, sizeof(*job.code));
        if (rc == 0 && executor_cancelled(stage->executor))
                return executor_interrupted(err);
        return rc;
}

void run_container_remove(struct stage *stage, const char *id)
{
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(stage->executor->store, id, &container, NULL) == 0) {
                (void)container_stop(stage->executor->store, &container, 0, NULL);
                (void)container_remove(stage->executor->store, &container, NULL);
        }
        container_release(&container);
}

/* Does its build live? */
static bool is_orphan(const struct store *store, const struct container *container)
{
        AUTO_FREE char *path = xasprintf("staging/%s.lock", container->spec.builder);
        AUTO_CLOSE int fd = openat(store->root_fd, path, O_RDWR | O_CLOEXEC);
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        return fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK;
}

void run_container_sweep(const struct store *store)
{
        struct container_list list;

        if (container_list_load_all(store, &list, NULL) < 0)
                return;
        for (size_t i = 0; i < list.count; i++) {
                struct container container = CONTAINER_EMPTY;

                if (list.items[i].spec.builder && is_orphan(store, &list.items[i]) &&
                    container_lookup(store, list.items[i].id, &container, NULL) == 0) {
                        (void)container_stop(store, &container, 0, NULL);
                        (void)container_remove(store, &container, NULL);
                }
                container_release(&container);
        }
        container_list_release(&list);
}
