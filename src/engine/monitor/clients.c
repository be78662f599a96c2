/* Those attached to a container. Output is one packet at a time: while somebody has not taken it,
 * the container's output is not read further, as with a slow terminal. */
#include "engine/monitor/clients.h"

#include "base/fd.h"
#include "base/trim.h"
#include "base/widen.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void clients_init(struct clients *clients)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                clients->slots[i] = (struct client){ .fd = -1 };
}

bool clients_add(struct clients *clients, int fd, bool wants_output)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &clients->slots[i];

                if (client->fd >= 0)
                        continue;
                (void)fd_set_nonblock(fd, true);
                *client = (struct client){ .fd = fd, .wants_output = wants_output };
                return true;
        }
        close(fd);
        return false;
}

void clients_drop(struct client *client)
{
        if (client->fd >= 0)
                close(client->fd);
        *client = (struct client){ .fd = -1 };
}

void clients_retry(struct client *client, const void *packet, size_t len)
{
        ssize_t n = send(client->fd, packet, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        client->pending = n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS);
        if (n < 0 && !client->pending) {
                clients_drop(client);
        } else if (client->pending && !client->wide) {
                widen_socket(client->fd);
                client->wide = true;
        }
}

void clients_offer(struct clients *clients, const void *packet, size_t len)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (clients->slots[i].fd >= 0 && clients->slots[i].wants_output)
                        clients_retry(&clients->slots[i], packet, len);
}

IDLE_CODE bool clients_pending(const struct clients *clients)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (clients->slots[i].fd >= 0 && clients->slots[i].pending)
                        return true;
        return false;
}

void clients_tell(struct clients *clients, enum packet_type type, const void *data, size_t len)
{
        char packet[1 + 4096];

        packet[0] = (char)type;
        memcpy(packet + 1, data, len);
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &clients->slots[i];

                if (client->fd < 0)
                        continue;
                clients_retry(client, packet, len + 1);
                if (client->fd >= 0 && client->pending &&
                    poll(&(struct pollfd){ .fd = client->fd, .events = POLLOUT }, 1, 1000) > 0)
                        clients_retry(client, packet, len + 1);
        }
}
