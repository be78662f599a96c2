/* More room in the kernel for a stream through which much goes, so that each end works longer
 * between two waits. Whatever a limit refuses stays as it was. */
#ifndef KELP_BASE_WIDEN_H
#define KELP_BASE_WIDEN_H

#include <stddef.h>

/* A pipe's capacity, in bytes, by either end (pipe(7); F_SETPIPE_SZ of fcntl(2)). */
void widen_pipe(int fd, size_t size);

/* What may be under way from this socket: as much as net.core.wmem_max allows (socket(7)). */
void widen_socket(int fd);

#endif
