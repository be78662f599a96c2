/* Terminals of containers. See oci_console.h. */
#include "engine/runtime/oci/oci_console.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/oci/oci_notify.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#define DRAIN_MS 50 /* how long processes that outlive the first one hold up its terminal */

/* A path may be longer than sun_path: then its directory goes by descriptor. */
int oci_console_connect(const char *path, struct error *err)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        AUTO_CLOSE int dir_fd = -1;
        AUTO_FREE char *dir = xstrdup(path);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char *slash = strrchr(dir, '/');
        int len = snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);

        if (slash && len >= (int)sizeof(address.sun_path)) {
                *slash = '\0';
                dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
                len = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
                               dir_fd, slash + 1);
        }
        if (len >= (int)sizeof(address.sun_path))
                return error_sys(err, ENAMETOOLONG, "connect to the console socket %s", path);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return error_sys(err, errno, "connect to the console socket %s", path);
        return take_fd(&fd);
}

int oci_console_send(int socket_fd, int console_fd, struct error *err)
{
        if (fd_send(socket_fd, console_fd) < 0)
                return error_sys(err, errno, "send the terminal to the console socket");
        return 0;
}

struct session {
        pid_t pid;
        int pidfd, console_fd, signal_fd, notify_fd;
        bool input, output;
        bool raw;
        struct termios saved;
};

/* What is sent to us is meant for the container, but for the end of children and what stops and
 * continues us. */
static int take_signals(void)
{
        sigset_t set;

        sigfillset(&set);
        sigdelset(&set, SIGCHLD);
        sigdelset(&set, SIGTSTP);
        sigdelset(&set, SIGCONT);
        sigdelset(&set, SIGTTIN);
        sigdelset(&set, SIGTTOU);
        sigdelset(&set, SIGPIPE);
        sigprocmask(SIG_BLOCK, &set, NULL);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void copy_size(const struct session *s)
{
        struct winsize size;

        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
                (void)ioctl(s->console_fd, TIOCSWINSZ, &size);
}

static void make_raw(struct session *s)
{
        struct termios settings;

        if (tcgetattr(STDIN_FILENO, &s->saved) < 0)
                return;
        settings = s->saved;
        cfmakeraw(&settings);
        s->raw = tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0;
}

static void pass_signal(const struct session *s)
{
        struct signalfd_siginfo info;

        if (read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
                return;
        if (info.ssi_signo == SIGWINCH && s->console_fd >= 0)
                copy_size(s);
        else
                (void)syscall(SYS_pidfd_send_signal, s->pidfd, (int)info.ssi_signo, NULL, 0);
}

static bool copy(int from, int to)
{
        char data[16384];
        ssize_t n = read(from, data, sizeof(data));

        if (n < 0)
                return errno == EAGAIN || errno == EINTR;
        return n > 0 && fd_write_all(to, data, (size_t)n) == 0;
}

/* A line discipline takes the end of input as a character. */
static void end_input(struct session *s)
{
        char eof = 4;

        s->input = false;
        if (!isatty(STDIN_FILENO))
                (void)!write(s->console_fd, &eof, 1);
}

static void serve(struct session *s)
{
        bool ended = false;

        while (!ended || s->output) {
                struct pollfd slots[] = {
                        { .fd = ended ? -1 : s->pidfd, .events = POLLIN },
                        { .fd = s->signal_fd, .events = POLLIN },
                        { .fd = s->output ? s->console_fd : -1, .events = POLLIN },
                        { .fd = s->input && !ended ? STDIN_FILENO : -1, .events = POLLIN },
                        { .fd = ended ? -1 : s->notify_fd, .events = POLLIN },
                };
                int n = poll(slots, ARRAY_SIZE(slots), ended ? DRAIN_MS : -1);

                if (n == 0)
                        return;
                if (n < 0)
                        continue;
                ended = ended || slots[0].revents;
                if (slots[1].revents)
                        pass_signal(s);
                if (slots[2].revents)
                        s->output = copy(s->console_fd, STDOUT_FILENO);
                if (slots[3].revents && !copy(STDIN_FILENO, s->console_fd))
                        end_input(s);
                if (slots[4].revents && oci_notify_pass(s->notify_fd, s->pid))
                        s->notify_fd = -1;
        }
}

static int exit_code(int pidfd)
{
        siginfo_t info = { 0 };

        while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
                if (errno != EINTR)
                        return 1;
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int oci_console_serve(pid_t pid, int pidfd, int console_fd, int notify_fd)
{
        struct session session = { .pid = pid,
                                   .pidfd = pidfd,
                                   .notify_fd = notify_fd,
                                   .console_fd = console_fd,
                                   .signal_fd = take_signals(),
                                   .input = console_fd >= 0,
                                   .output = console_fd >= 0 };

        if (console_fd >= 0) {
                copy_size(&session);
                make_raw(&session);
        }
        serve(&session);
        if (session.raw)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &session.saved);
        if (session.signal_fd >= 0)
                close(session.signal_fd);
        return exit_code(pidfd);
}
