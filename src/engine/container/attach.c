/* The attached side of a container: one poll(2) loop between the monitor's socket, the terminal and
 * a signalfd. Input is sent without blocking, so that a container that does not read never keeps us
 * from taking its output. */
#include "engine/container/attach.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/widen.h"
#include "engine/container/container.h"
#include "engine/monitor/protocol.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

struct attached {
        int socket_fd;
        int signal_fd;
        int pidfd; /* of the init, or -1 */
        struct attach_options options;
        char input[1 + PACKET_DATA_MAX + DETACH_KEYS_MAX];
        size_t input_len;
        size_t input_max; /* bytes that the monitor takes at once */
        bool input_ended;
        bool wide; /* input had to wait once: the socket has more room */
        bool done;
        bool killed; /* options.fatal, and a signal came */
        enum attach_end end;
        int exit_code;
        struct error error; /* kind set: the start failed */
};

static const int proxied[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
                               SIGALRM, SIGCONT, SIGTSTP, SIGPIPE, SIGWINCH };

static int open_signals(const struct attached *a, sigset_t *old)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGWINCH);
        for (size_t i = 0; a->options.signals && i < ARRAY_SIZE(proxied); i++)
                if (proxied[i] != SIGTSTP && proxied[i] != SIGCONT)
                        sigaddset(&set, proxied[i]);
        sigprocmask(SIG_BLOCK, &set, old);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void send_size(const struct attached *a)
{
        struct packet_size size;
        char packet[1 + sizeof(size)] = { PACKET_RESIZE };

        attach_terminal_size(&size.rows, &size.columns);
        if (size.rows == 0)
                return;
        memcpy(packet + 1, &size, sizeof(size));
        (void)send(a->socket_fd, packet, sizeof(packet), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_signal(const struct attached *a, int signal)
{
        if (a->pidfd >= 0)
                (void)syscall(SYS_pidfd_send_signal, a->pidfd, signal, NULL, 0);
}

static void take_signal(struct attached *a)
{
        struct signalfd_siginfo info;

        if (read(a->signal_fd, &info, sizeof(info)) != sizeof(info))
                return;
        if (info.ssi_signo == SIGWINCH) {
                if (a->options.terminal)
                        send_size(a);
        } else {
                a->killed = a->options.fatal;
                send_signal(a, a->killed ? SIGKILL : (int)info.ssi_signo);
        }
}

static void send_input(struct attached *a)
{
        ssize_t n = send(a->socket_fd, a->input, a->input_len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
                a->input_len = 0;
        } else if (!a->wide) {
                a->wide = true;
                widen_socket(a->socket_fd);
        }
}

/* A part of the detach keys that was held back may come on top. */
static size_t input_room(const struct attached *a)
{
        return a->input_max - (a->options.keys.count ? DETACH_KEYS_MAX : 0);
}

static void read_input(struct attached *a)
{
        char typed[PACKET_DATA_MAX];
        char *data = a->options.keys.count ? typed : a->input + 1;
        ssize_t n = read(STDIN_FILENO, data, input_room(a));
        bool detached = false;
        size_t len = (size_t)n;

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) {
                a->input_ended = true;
                a->input[0] = PACKET_STDIN_END;
                a->input_len = 1;
                send_input(a);
                return;
        }
        if (data == typed)
                len = detach_keys_feed(&a->options.keys, data, len, a->input + 1, &detached);
        a->input[0] = PACKET_STDIN;
        a->input_len = len ? len + 1 : 0;
        if (a->input_len)
                send_input(a);
        if (detached) {
                a->done = true;
                a->end = ATTACH_DETACHED;
        }
}

/* Told when the container runs, so in time for a client that is there before, and to one that comes
 * later. An earlier version's monitor says the pid only. */
static void learn_started(struct attached *a, const char *data, size_t len)
{
        struct packet_started started = { 0 };

        if (len < sizeof(started.pid) || len > sizeof(started) || a->pidfd >= 0)
                return;
        memcpy(&started, data, len);
        if (started.input_max > PACKET_INPUT_LEAST)
                a->input_max =
                        started.input_max < PACKET_DATA_MAX ? started.input_max : PACKET_DATA_MAX;
        a->pidfd = (int)syscall(SYS_pidfd_open, started.pid, 0);
        if (a->killed)
                send_signal(a, SIGKILL);
}

void attach_print_log(const char *packet, size_t len)
{
        const char *level = packet + 1, *text = memchr(level, '\0', len - 1);
        enum log_level known;

        /* Both strings end inside. */
        if (text && packet[len - 1] == '\0' && text < packet + len - 1 &&
            log_level_parse(level, &known))
                log_message(known, "%s", text + 1);
}

static void take_packet(struct attached *a, const char *packet, size_t len)
{
        const char *data = packet + 1;
        int32_t code;

        switch (packet[0]) {
        /* A reader that went away is the container's business: it gets SIGPIPE or not. */
        case PACKET_STDOUT:
                if (!a->options.no_stdout)
                        (void)fd_write_all(STDOUT_FILENO, data, len - 1);
                break;
        case PACKET_STDERR:
                if (!a->options.no_stderr)
                        (void)fd_write_all(STDERR_FILENO, data, len - 1);
                break;
        case PACKET_STARTED:
                learn_started(a, data, len - 1);
                break;
        case PACKET_LOG:
                attach_print_log(packet, len);
                break;
        case PACKET_EXIT:
                memcpy(&code, data, sizeof(code));
                a->exit_code = code;
                a->end = ATTACH_EXITED;
                a->done = true;
                break;
        case PACKET_ERROR:
                memcpy(&a->error, data, sizeof(a->error));
                a->done = true;
                break;
        default:
                break;
        }
}

static void read_socket(struct attached *a)
{
        char packet[1 + PACKET_DATA_MAX];
        ssize_t n = recv(a->socket_fd, packet, sizeof(packet), MSG_DONTWAIT);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) {
                a->done = true;
                a->end = ATTACH_LOST;
                return;
        }
        take_packet(a, packet, (size_t)n);
}

static void loop(struct attached *a)
{
        while (!a->done) {
                bool may_read = a->options.input && !a->input_ended && a->input_len == 0;
                struct pollfd slots[] = {
                        { .fd = a->socket_fd,
                          .events = (short)(POLLIN | (a->input_len ? POLLOUT : 0)) },
                        { .fd = a->signal_fd, .events = POLLIN },
                        { .fd = may_read ? STDIN_FILENO : -1, .events = POLLIN },
                };

                if (poll(slots, ARRAY_SIZE(slots), -1) < 0)
                        continue;
                if (slots[0].revents & (POLLIN | POLLHUP | POLLERR))
                        read_socket(a);
                if (!a->done && a->input_len && (slots[0].revents & POLLOUT))
                        send_input(a);
                if (slots[1].revents)
                        take_signal(a);
                if (!a->done && slots[2].revents)
                        read_input(a);
        }
}

int attach_run(int socket_fd, const struct attach_options *options, enum attach_end *end_out,
               int *exit_code_out, struct error *err)
{
        static struct attached a;
        bool own_terminal = options->terminal && isatty(STDIN_FILENO);
        sigset_t old;

        a = (struct attached){ .socket_fd = socket_fd,
                               .pidfd = -1,
                               .input_max = PACKET_INPUT_LEAST,
                               .options = *options };
        if (!options->terminal)
                a.options.keys.count = 0;
        a.signal_fd = open_signals(&a, &old);
        if (own_terminal && options->input)
                terminal_raw();
        if (own_terminal)
                send_size(&a);
        loop(&a);
        terminal_restore();
        if (a.signal_fd >= 0)
                close(a.signal_fd);
        if (a.pidfd >= 0)
                close(a.pidfd);
        sigprocmask(SIG_SETMASK, &old, NULL);
        if (a.error.kind != ERROR_NONE)
                return error_copy(err, &a.error);
        *end_out = a.end;
        *exit_code_out = a.exit_code;
        return 0;
}

int attach_connect(const struct store *store, const struct container *container, int *socket_out,
                   struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char relative[32 + CONTAINER_ID_LEN];
        AUTO_CLOSE int dir_fd = -1, fd = -1;

        snprintf(relative, sizeof(relative), "containers/%s", container->id);
        dir_fd = openat(store->run_fd, relative, O_PATH | O_DIRECTORY | O_CLOEXEC);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (dir_fd < 0 || fd < 0)
                return error_sys(err, errno, "attach to container %.12s", container->id);
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/attach", dir_fd);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return error_sys(err, errno, "attach to container %.12s", container->id);
        *socket_out = take_fd(&fd);
        return 0;
}
