/* Those attached to a container: they get its output and may give it input. */
#ifndef KELP_ENGINE_MONITOR_CLIENTS_H
#define KELP_ENGINE_MONITOR_CLIENTS_H

#include "engine/monitor/protocol.h"

#include <stdbool.h>
#include <stddef.h>

#define CLIENTS_MAX 16

struct client {
        int fd; /* -1: free slot */
        bool wants_output;
        bool pending; /* has not taken the current packet */
        bool wide;    /* it had to wait once: its socket has more room */
};

struct clients {
        struct client slots[CLIENTS_MAX];
};

void clients_init(struct clients *clients);

/* Takes over fd. False (and closed) when all places are taken. */
bool clients_add(struct clients *clients, int fd, bool wants_output);
void clients_drop(struct client *client);

/* Offer a packet to everyone who wants output; who cannot take it now is marked pending. */
void clients_offer(struct clients *clients, const void *packet, size_t len);
/* Try again for one that became writable. */
void clients_retry(struct client *client, const void *packet, size_t len);
bool clients_pending(const struct clients *clients);

/* Tell everyone, waiting at most a second for a slow one. */
void clients_tell(struct clients *clients, enum packet_type type, const void *data, size_t len);

#endif
