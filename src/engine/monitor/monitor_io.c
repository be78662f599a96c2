/* Between the container and its clients: output, input, the terminal's size, system calls to be
 * answered. See monitor_parts.h; all buffers are static.
 */
#include "engine/monitor/monitor_parts.h"

#include "base/fd.h"
#include "base/trim.h"
#include "base/widen.h"
#include "engine/monitor/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One packet of output on its way to the clients, one of input on its way to the container. */
static char output_packet[1 + PACKET_DATA_MAX];
static size_t output_len;
static char input_packet[1 + PACKET_DATA_MAX];
static size_t input_len, input_done;

#define PIPE_MUCH ((size_t)32 << 10) /* bytes of one piece: half of what a pipe holds at first */
#define PIPE_WIDE ((size_t)256 << 10)

static_assert(PACKET_DATA_MAX <= LOG_PIECE_MAX, "a packet is a piece of the log");

/* Stream 0 to 2 has just carried so much at once. */
static void note_much(struct monitor *m, int stream, int fd, size_t len)
{
        if (len < PIPE_MUCH || m->wide[stream])
                return;
        m->wide[stream] = true;
        widen_pipe(fd, PIPE_WIDE);
}

/* One packet from the container to the log and the clients. */
static void read_output(struct monitor *m, int which)
{
        ssize_t n = read(m->output_fds[which], output_packet + 1, PACKET_DATA_MAX);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) { /* a terminal whose last process is gone says EIO */
                if (m->output_fds[which] != m->launch.console_fd)
                        close(m->output_fds[which]);
                m->output_fds[which] = -1;
                return;
        }
        note_much(m, which + 1, m->output_fds[which], (size_t)n);
        if (m->journal.fd >= 0)
                journal_writer_add(&m->journal, which == 1, output_packet + 1, (size_t)n);
        if (m->log.fd >= 0)
                log_writer_add(&m->log, which == 0 ? "stdout" : "stderr", output_packet + 1,
                               (size_t)n);
        output_packet[0] = which == 0 ? PACKET_STDOUT : PACKET_STDERR;
        output_len = (size_t)n + 1;
        clients_offer(&m->clients, output_packet, output_len);
}

static void end_stdin(struct monitor *m)
{
        if (m->stdin_fd >= 0 && m->stdin_fd != m->launch.console_fd)
                close(m->stdin_fd);
        m->stdin_fd = -1;
        input_len = input_done = 0;
}

static void resize(struct monitor *m, const char *data, size_t len)
{
        struct packet_size size;
        struct winsize window = { 0 };

        if (m->launch.console_fd < 0 || len != sizeof(size))
                return;
        memcpy(&size, data, sizeof(size));
        window.ws_row = size.rows;
        window.ws_col = size.columns;
        (void)ioctl(m->launch.console_fd, TIOCSWINSZ, &window);
}

/* A process that joins the container brings its listener. */
static void take_listener(struct client *client, const char *data, size_t len, int listener_fd)
{
        char packet[1 + sizeof(struct error)] = { PACKET_SUPERVISED };
        struct packet_listener offer;
        struct error err = { 0 };

        if (len != sizeof(offer)) {
                close(listener_fd);
                clients_drop(client);
                return;
        }
        memcpy(&offer, data, sizeof(offer));
        if (supervisor_start(listener_fd, offer.pid, &offer.ids, &err) < 0) {
                packet[0] = PACKET_ERROR;
                memcpy(packet + 1, &err, sizeof(err));
        }
        (void)send(client->fd, packet, packet[0] == PACKET_ERROR ? sizeof(packet) : 1,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_client(struct monitor *m, struct client *client)
{
        int passed_fd;
        ssize_t n = fd_receive_with(client->fd, input_packet, sizeof(input_packet), MSG_DONTWAIT,
                                    &passed_fd);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                clients_drop(client);
                return;
        }
        if (passed_fd >= 0) {
                if (input_packet[0] == PACKET_LISTENER && m->request->plan->process.emulate)
                        take_listener(client, input_packet + 1, (size_t)n - 1, passed_fd);
                else
                        close(passed_fd);
                return;
        }
        if (input_packet[0] == PACKET_STDIN && m->stdin_fd >= 0) {
                input_len = (size_t)n;
                input_done = 1;
        } else if (input_packet[0] == PACKET_STDIN_END && m->stdin_fd != m->launch.console_fd) {
                end_stdin(m);
        } else if (input_packet[0] == PACKET_RESIZE) {
                resize(m, input_packet + 1, (size_t)n - 1);
        }
}

/* Input that the container has not taken: the pipe is non-blocking, so a container that never
 * reads holds up its clients and nothing else. */
static void write_input(struct monitor *m)
{
        ssize_t n = write(m->stdin_fd, input_packet + input_done, input_len - input_done);

        if (n < 0 && errno != EAGAIN && errno != EINTR) {
                end_stdin(m);
                return;
        }
        if (n > 0) {
                note_much(m, 0, m->stdin_fd, (size_t)n);
                input_done += (size_t)n;
        }
        if (input_done == input_len)
                input_len = input_done = 0;
}

static void accept_client(struct monitor *m)
{
        int fd = accept4(m->request->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        struct packet_started started = { m->launch.pid, PACKET_DATA_MAX };
        char packet[1 + sizeof(started)] = { PACKET_STARTED };

        if (fd < 0)
                return;
        memcpy(packet + 1, &started, sizeof(started));
        (void)send(fd, packet, sizeof(packet), MSG_NOSIGNAL | MSG_DONTWAIT);
        clients_add(&m->clients, fd, true);
}

void monitor_io_init(void)
{
        input_len = input_done = output_len = 0;
}

IDLE_CODE void monitor_io_fill(const struct monitor *m, struct pollfd *slots)
{
        bool blocked = clients_pending(&m->clients);

        for (int i = 0; i < 2; i++)
                slots[SLOT_STDOUT + i] =
                        (struct pollfd){ .fd = blocked ? -1 : m->output_fds[i], .events = POLLIN };
        slots[SLOT_STDIN] =
                (struct pollfd){ .fd = input_len ? m->stdin_fd : -1, .events = POLLOUT };
        slots[SLOT_LISTEN] = (struct pollfd){ .fd = m->request->listen_fd, .events = POLLIN };
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                const struct client *client = &m->clients.slots[i];
                short events = (short)((input_len ? 0 : POLLIN) | (client->pending ? POLLOUT : 0));

                slots[SLOT_CLIENTS + i] = (struct pollfd){ .fd = client->fd, .events = events };
        }
}

static void serve_clients(struct monitor *m, const struct pollfd *slots)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &m->clients.slots[i];
                short got = slots[SLOT_CLIENTS + i].revents;

                if (client->fd < 0 || client->fd != slots[SLOT_CLIENTS + i].fd || !got)
                        continue;
                if (client->pending && (got & (POLLOUT | POLLHUP | POLLERR)))
                        clients_retry(client, output_packet, output_len);
                if (client->fd >= 0 && !input_len && (got & (POLLIN | POLLHUP)))
                        read_client(m, client);
        }
}

void monitor_io_serve(struct monitor *m, const struct pollfd *slots)
{
        for (int i = 0; i < 2; i++)
                if (slots[SLOT_STDOUT + i].revents && !clients_pending(&m->clients))
                        read_output(m, i);
        if (slots[SLOT_STDIN].revents && input_len)
                write_input(m);
        if (slots[SLOT_LISTEN].revents)
                accept_client(m);
        serve_clients(m, slots);
}
