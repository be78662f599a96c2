/* The attach protocol, between a monitor and those attached to its container: packets over a
 * SOCK_SEQPACKET Unix socket, the first byte says what the rest is. Both ends are on the same
 * machine, so numbers are in host order. A monitor lives as long as its container: the client may
 * be of a later version, and sends no more at once than the monitor has said that it takes.
 */
#ifndef KELP_ENGINE_MONITOR_PROTOCOL_H
#define KELP_ENGINE_MONITOR_PROTOCOL_H

#include "engine/monitor/supervisor.h"

#include <stddef.h>
#include <stdint.h>

enum packet_type {
        /* client to monitor */
        PACKET_STDIN = 'i', /* bytes */
        PACKET_STDIN_END = 'e',
        PACKET_RESIZE = 'w',   /* struct packet_size */
        PACKET_LISTENER = 'l', /* struct packet_listener, and the listener's descriptor */
        /* monitor to client */
        PACKET_STARTED = 's', /* struct packet_started */
        PACKET_STDOUT = 'o',  /* bytes */
        PACKET_STDERR = 'p',  /* bytes */
        PACKET_EXIT = 'x',    /* int32_t: exit code; all is recorded and cleaned up */
        PACKET_ERROR = 'f',   /* struct error: the start failed; all is cleaned up. Or, after
                                 PACKET_LISTENER: it is not answered */
        PACKET_SUPERVISED = 'l',
        PACKET_LOG = 'g', /* before PACKET_STARTED: "level\0text\0" of a diagnostic */
};

struct packet_started {
        int32_t pid;        /* of the container's init */
        uint32_t input_max; /* bytes of payload of a PACKET_STDIN; earlier versions do not say it */
};

struct packet_size {
        uint16_t rows, columns;
};

/* A process that joins the container, and who it runs as (runtime/emulate.h). */
struct packet_listener {
        int32_t pid;
        struct supervisor_ids ids;
};

#define PACKET_DATA_MAX    ((size_t)128 << 10) /* bytes of payload */
#define PACKET_INPUT_LEAST ((size_t)32 << 10)  /* what a monitor takes that has not said it */

#endif
