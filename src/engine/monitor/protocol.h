/* The attach protocol, between a monitor and those attached to its container: packets over a
 * SOCK_SEQPACKET Unix socket, the first byte says what the rest is. Both ends are the same binary
 * on the same machine, so numbers are in host order.
 */
#ifndef KELP_ENGINE_MONITOR_PROTOCOL_H
#define KELP_ENGINE_MONITOR_PROTOCOL_H

#include <stdint.h>

enum packet_type {
        /* client to monitor */
        PACKET_STDIN = 'i', /* bytes */
        PACKET_STDIN_END = 'e',
        PACKET_RESIZE = 'w', /* struct packet_size */
        /* monitor to client */
        PACKET_STARTED = 's', /* int32_t: pid of the container's init */
        PACKET_STDOUT = 'o',  /* bytes */
        PACKET_STDERR = 'p',  /* bytes */
        PACKET_EXIT = 'x',    /* int32_t: exit code; all is recorded and cleaned up */
        PACKET_ERROR = 'f',   /* struct error: the start failed; all is cleaned up */
};

struct packet_size {
        uint16_t rows, columns;
};

#define PACKET_DATA_MAX 32768 /* bytes of payload */

#endif
