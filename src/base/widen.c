/* See widen.h. */
#include "base/widen.h"

#include <fcntl.h>
#include <sys/socket.h>

#define SOCKET_SIZE (1 << 20)

void widen_pipe(int fd, size_t size)
{
        (void)fcntl(fd, F_SETPIPE_SZ, (int)size);
}

void widen_socket(int fd)
{
        const int size = SOCKET_SIZE;

        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}
