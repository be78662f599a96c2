/* Descriptors: whole reads and writes, small files, passing them on. All opens are CLOEXEC. */
#ifndef KELP_BASE_FD_H
#define KELP_BASE_FD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Write all of it; -1 with errno set. Retries EINTR, waits in poll(2) on EAGAIN. */
int fd_write_all(int fd, const void *data, size_t len);

/* The same at an offset of a file (pwrite(2)). */
int fd_pwrite_all(int fd, const void *data, size_t len, off_t offset);

/* Read until len bytes or end of file: the count, or -1 with errno set. */
ssize_t fd_read_full(int fd, void *data, size_t len);

/* The rest of fd / the file `name` relative to dir_fd (AT_FDCWD), at most max bytes, else
 * ERROR_TOO_LARGE. *data_out is NUL-terminated and the caller's to free; len_out may be NULL. */
int fd_read_rest(int fd, size_t max, char **data_out, size_t *len_out, struct error *err);
int fd_read_file(int dir_fd, const char *name, size_t max, char **data_out, size_t *len_out,
                 struct error *err);

/* Replace the file `name` in dir_fd in one step (temporary name, rename). Not synced to disk. */
int fd_write_file(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
                  struct error *err);

/* The same, and its contents are on disk before the name is (not the name itself). */
int fd_write_file_synced(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
                         struct error *err);

/* Write to a file that exists already, in one write(2): /proc and /sys files. -1 with errno. */
int fd_write_existing(int dir_fd, const char *name, const char *text);

int fd_set_cloexec(int fd, bool on);
int fd_set_nonblock(int fd, bool on);

/* Close every descriptor from 3 up but those in keep (negative ones are skipped; at most 64). */
void fd_close_except(const int *keep, size_t count);

/* Send / receive one descriptor over a Unix socket. -1 with errno set. */
int fd_send(int socket_fd, int fd);
int fd_receive(int socket_fd);

/* The same with data: a packet and a descriptor; *fd_out is -1 when none came. */
int fd_send_with(int socket_fd, const void *data, size_t len, int fd);
ssize_t fd_receive_with(int socket_fd, void *data, size_t len, int flags, int *fd_out);

/* An unlinked in-memory file with the data in it, sealed against any change; offset 0. */
int fd_sealed_memfd(const char *name, const void *data, size_t len);

#endif
