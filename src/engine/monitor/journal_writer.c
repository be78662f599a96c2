/* See journal_writer.h. The address goes with each datagram, so that a journal that was started
 * anew is reached without a word. Nothing is copied or allocated. */
#include "engine/monitor/journal_writer.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S  5
#define BUFFER_SIZE (8 << 20) /* bytes; as much of it as the kernel allows */

static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };

int journal_writer_open(struct journal_writer *writer, const char *fields)
{
        const struct timeval patience = { .tv_sec = PATIENCE_S };
        const int size = BUFFER_SIZE;
        AUTO_CLOSE int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (probe < 0 || connect(probe, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -1;
        writer->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (writer->fd < 0)
                return -1;
        (void)setsockopt(writer->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        (void)setsockopt(writer->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        writer->fields = fields;
        return 0;
}

void journal_writer_close(struct journal_writer *writer)
{
        if (writer->fd >= 0)
                close(writer->fd);
        writer->fd = -1;
}

static struct iovec part(const char *text, size_t len)
{
        return (struct iovec){ .iov_base = (void *)(uintptr_t)text, .iov_len = len };
}

/* syslog(3)'s levels: informational, error. */
static void send_line(const struct journal_writer *writer, bool is_error, const char *text,
                      size_t len, bool full)
{
        static const char info[] = "PRIORITY=6\nMESSAGE=", error[] = "PRIORITY=3\nMESSAGE=";
        static const char end[] = "\n", more[] = "\nCONTAINER_PARTIAL_MESSAGE=true\n";
        struct iovec parts[] = {
                part(writer->fields, strlen(writer->fields)),
                is_error ? part(error, sizeof(error) - 1) : part(info, sizeof(info) - 1),
                part(text, len),
                full ? part(end, sizeof(end) - 1) : part(more, sizeof(more) - 1),
        };
        const struct msghdr message = { .msg_name = (void *)(uintptr_t)&address,
                                        .msg_namelen = sizeof(address),
                                        .msg_iov = parts,
                                        .msg_iovlen = ARRAY_SIZE(parts) };

        while (sendmsg(writer->fd, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
                ;
}

void journal_writer_add(struct journal_writer *writer, bool is_error, const char *data, size_t len)
{
        while (len > 0) {
                const char *newline = memchr(data, '\n', len);
                size_t text = newline ? (size_t)(newline - data) : len;

                send_line(writer, is_error, data, text, newline != NULL);
                data += text + (newline != NULL);
                len -= text + (newline != NULL);
        }
}
