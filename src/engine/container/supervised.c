/* See supervised.h. */
#include "engine/container/supervised.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/monitor/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* The monitor may have output for whoever is attached on its way to us as well. */
static int wait_answer(int socket_fd, struct error *err)
{
        static char packet[1 + PACKET_DATA_MAX];
        ssize_t n;

        do {
                n = recv(socket_fd, packet, sizeof(packet), 0);
                if (n > 0 && packet[0] == PACKET_SUPERVISED)
                        return 0;
                if (n == (ssize_t)(1 + sizeof(struct error)) && packet[0] == PACKET_ERROR) {
                        struct error why;

                        memcpy(&why, packet + 1, sizeof(why));
                        return error_copy(err, &why);
                }
        } while (n > 0 || (n < 0 && errno == EINTR));
        return error_set(err, ERROR_STATE, "the container's monitor ended meanwhile");
}

int supervised_offer(void *data, pid_t pid, int listener_fd, struct error *err)
{
        const struct supervised *supervised = data;
        const struct process_plan *process = supervised->process;
        AUTO_CLOSE int listener = listener_fd;
        struct packet_listener offer = { .pid = pid,
                                         .ids = { .uid = process->uid, .gid = process->gid } };
        char packet[1 + sizeof(offer)] = { PACKET_LISTENER };

        for (size_t i = 0; i < process->group_count && i < SUPERVISOR_GROUPS_MAX; i++)
                offer.ids.groups[offer.ids.group_count++] = process->groups[i];
        memcpy(packet + 1, &offer, sizeof(offer));
        if (fd_send_with(supervised->socket_fd, packet, sizeof(packet), listener) < 0)
                return error_sys(err, errno, "reach the container's monitor");
        return wait_answer(supervised->socket_fd, err);
}
