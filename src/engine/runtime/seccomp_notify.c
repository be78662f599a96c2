/* A seccomp listener on its way to the agent. See seccomp_notify.h.
 *
 * Once the filter is in force, the call that would send its listener may itself be forbidden, or
 * wait for the very agent that is to get it. So a helper is forked before, which shares our table
 * of descriptors and not our filter: it sees the listener appear and sends it. They talk through a
 * page of shared memory, which takes no call at all.
 */
#include "engine/runtime/seccomp_notify.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/clone.h"
#include "engine/runtime/handshake.h"
#include "engine/runtime/hooks.h"
#include "engine/runtime/plan.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define FAILED (-1)

/* 0: not yet; FAILED; else the listener's number + 1. */
typedef volatile int shared_number;

static _Noreturn void helper_main(const shared_number *number, int sync_fd)
{
        struct timespec moment = { .tv_nsec = 100000 };
        pid_t parent = getppid();

        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        while (*number == 0 && getppid() == parent)
                nanosleep(&moment, NULL);
        if (*number > 0) {
                handshake_send(sync_fd, HANDSHAKE_NOTIFY);
                (void)fd_send(sync_fd, *number - 1);
        }
        _exit(0);
}

static int load(const struct seccomp_program *program)
{
        struct sock_fprog fprog = { .len = program->count, .filter = program->filter };
        unsigned flags = program->flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;

        /* Otherwise TSYNC and a listener would use one return value for two things. */
        if (flags & SECCOMP_FILTER_FLAG_TSYNC)
                flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

int seccomp_notify_load(const struct seccomp_program *program, int sync_fd, struct error *err)
{
        int listener, saved;
        pid_t helper;
        shared_number *number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (number == MAP_FAILED)
                return error_sys(err, errno, "hand over the seccomp listener");
        helper = clone_into(CLONE_FILES, -1, NULL);
        if (helper == 0)
                helper_main(number, sync_fd);
        if (helper < 0)
                return error_sys(err, errno, "hand over the seccomp listener");
        listener = load(program);
        saved = errno;
        *number = listener < 0 ? FAILED : listener + 1;
        /* Where the filter forbids this, the helper stays as a zombie and all else goes on. */
        (void)waitpid(helper, NULL, 0);
        return listener < 0 ? error_sys(err, saved, "load the seccomp filter") : 0;
}

/* A socket's path may be longer than sun_path: then the directory goes by its descriptor. */
static int connect_agent(const char *path)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        AUTO_CLOSE int dir_fd = -1;
        AUTO_FREE char *dir = xstrdup(path);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char *slash = strrchr(dir, '/');
        int len;

        if (slash)
                *slash = '\0';
        if (slash && slash != dir && strlen(path) >= sizeof(address.sun_path))
                dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        len = dir_fd < 0 ? snprintf(address.sun_path, sizeof(address.sun_path), "%s", path)
                         : snprintf(address.sun_path, sizeof(address.sun_path),
                                    "/proc/self/fd/%d/%s", dir_fd, slash + 1);
        if (len >= (int)sizeof(address.sun_path)) {
                errno = ENAMETOOLONG;
                return -1;
        }
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -1;
        return take_fd(&fd);
}

union fd_control {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
};

/* The descriptor goes with the first bytes (config-linux.md: "only in the first call"). */
static int send_state(int socket_fd, const char *text, int listener)
{
        union fd_control control = { 0 };
        struct iovec iov = { .iov_base = (char *)(uintptr_t)text, .iov_len = strlen(text) };
        struct msghdr msg = { .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
        struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
        ssize_t n;

        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &listener, sizeof(int));
        n = sendmsg(socket_fd, &msg, MSG_NOSIGNAL);
        while (n > 0 && *(text += n))
                n = send(socket_fd, text, strlen(text), MSG_NOSIGNAL);
        return n > 0 ? 0 : -1;
}

static char *state_text(const struct seccomp_program *program, pid_t pid, const json_t *state,
                        const char *status)
{
        AUTO_FREE char *container = hooks_state(state, status, pid);
        AUTO_JSON json_t *json = json_pack("{s:s, s:[s], s:i, s:o}", "ociVersion",
                                           json_get_string(state, "ociVersion", OCI_VERSION), "fds",
                                           "seccompFd", "pid", (int)pid, "state",
                                           container ? json_loads(container, 0, NULL) : NULL);

        if (program->listener_metadata)
                json_set_string(json, "metadata", program->listener_metadata);
        return json ? json_dumps(json, JSON_COMPACT) : NULL;
}

static int not_sent(const struct seccomp_program *program, struct error *err)
{
        return error_sys(err, errno, "send the seccomp listener to %s", program->listener_path);
}

int seccomp_notify_connect(const struct seccomp_program *program, int *agent_out, struct error *err)
{
        int fd = connect_agent(program->listener_path);

        if (fd < 0)
                return not_sent(program, err);
        *agent_out = fd;
        return 0;
}

int seccomp_notify_deliver(const struct seccomp_program *program, int agent_fd, int sync_fd,
                           pid_t pid, const json_t *state, const char *status, struct error *err)
{
        AUTO_CLOSE int listener = -1;
        AUTO_FREE char *text = state_text(program, pid, state, status);

        if (handshake_expect(sync_fd, HANDSHAKE_NOTIFY, err) < 0)
                return -1;
        listener = fd_receive(sync_fd);
        if (listener < 0 || !text)
                return error_sys(err, errno, "receive the seccomp listener");
        return send_state(agent_fd, text, listener) < 0 ? not_sent(program, err) : 0;
}
