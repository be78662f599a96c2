/* The messages of a container start. See handshake.h for the order of steps. */
#include "engine/runtime/handshake.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

void handshake_send(int fd, enum handshake_step step)
{
        unsigned char byte = (unsigned char)step;
        ssize_t n;

        do {
                n = send(fd, &byte, 1, MSG_NOSIGNAL);
        } while (n < 0 && errno == EINTR);
}

/* The last execve failed: ENOENT is "not found", all else "cannot be executed". */
static int exec_failed(int sys, struct error *err)
{
        error_sys(err, sys, "execute the container's program");
        err->kind = sys == ENOENT ? ERROR_NO_COMMAND : ERROR_CANNOT_RUN;
        return -1;
}

int handshake_expect(int fd, enum handshake_step step, struct error *err)
{
        union {
                unsigned char byte;
                int32_t sys;
                struct error error;
        } message;
        ssize_t n;

        /* A peer that ended before it had read all is told of by ECONNRESET, once, and ahead of
         * what it sent: its error comes after. */
        do {
                n = recv(fd, &message, sizeof(message), 0);
        } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
        if (n == 0)
                return step == HANDSHAKE_END
                               ? 0
                               : error_set(err, ERROR_GENERAL,
                                           "the other side of the container start died");
        if (n < 0)
                return error_sys(err, errno, "container start");
        if (n == sizeof(message.error)) {
                message.error.text[ERROR_TEXT_MAX - 1] = '\0';
                message.error.cure[ERROR_CURE_MAX - 1] = '\0';
                return error_copy(err, &message.error);
        }
        if (n == sizeof(message.sys))
                return exec_failed(message.sys, err);
        if (n != 1 || message.byte != step)
                return error_set(err, ERROR_GENERAL, "container start: step %d came for step %d",
                                 message.byte, (int)step);
        return 0;
}
