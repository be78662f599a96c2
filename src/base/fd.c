/* Descriptors: whole reads and writes, small files, passing them on. See fd.h. */
#include "base/fd.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

int fd_write_all(int fd, const void *data, size_t len)
{
        const char *p = data;

        while (len > 0) {
                ssize_t n = write(fd, p, len);

                if (n < 0 && errno == EAGAIN) {
                        poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
                        continue;
                }
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                p += n;
                len -= (size_t)n;
        }
        return 0;
}

int fd_pwrite_all(int fd, const void *data, size_t len, off_t offset)
{
        const char *p = data;

        while (len > 0) {
                ssize_t n = pwrite(fd, p, len, offset);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                p += n;
                offset += n;
                len -= (size_t)n;
        }
        return 0;
}

ssize_t fd_read_full(int fd, void *data, size_t len)
{
        size_t have = 0;

        while (have < len) {
                ssize_t n = read(fd, (char *)data + have, len - have);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        return (ssize_t)have;
}

int fd_read_rest(int fd, size_t max, char **data_out, size_t *len_out, struct error *err)
{
        AUTO(strbuf) buf = { .max = max };
        char chunk[16384];

        for (;;) {
                ssize_t n = read(fd, chunk, sizeof(chunk));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_sys(err, errno, "read");
                if (n == 0)
                        break;
                if (!strbuf_add(&buf, chunk, (size_t)n))
                        return error_set(err, ERROR_TOO_LARGE, "larger than %zu bytes", max);
        }
        if (len_out)
                *len_out = buf.len;
        *data_out = strbuf_take(&buf);
        return 0;
}

int fd_read_file(int dir_fd, const char *name, size_t max, char **data_out, size_t *len_out,
                 struct error *err)
{
        AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
                return error_sys(err, errno, "open %s", name);
        if (fd_read_rest(fd, max, data_out, len_out, err) < 0)
                return error_context(err, "%s", name);
        return 0;
}

static int write_new(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
                     bool sync)
{
        AUTO_CLOSE int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

        if (fd < 0 || fd_write_all(fd, data, len) < 0)
                return -1;
        return sync ? fsync(fd) : 0;
}

static int replace_file(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
                        bool sync, struct error *err)
{
        AUTO_FREE char *temporary = xasprintf("%s.%d~", name, (int)getpid());
        int saved;

        (void)unlinkat(dir_fd, temporary, 0); /* left by a dead process with our pid */
        if (write_new(dir_fd, temporary, data, len, mode, sync) == 0 &&
            renameat(dir_fd, temporary, dir_fd, name) == 0)
                return 0;
        saved = errno;
        unlinkat(dir_fd, temporary, 0);
        return error_sys(err, saved, "write %s", name);
}

int fd_write_file(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
                  struct error *err)
{
        return replace_file(dir_fd, name, data, len, mode, false, err);
}

int fd_write_file_synced(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
                         struct error *err)
{
        return replace_file(dir_fd, name, data, len, mode, true, err);
}

int fd_write_existing(int dir_fd, const char *name, const char *text)
{
        AUTO_CLOSE int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
        size_t len = strlen(text);

        return fd >= 0 && write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

int fd_set_cloexec(int fd, bool on)
{
        int flags = fcntl(fd, F_GETFD);

        if (flags < 0)
                return -1;
        return fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

int fd_set_nonblock(int fd, bool on)
{
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0)
                return -1;
        return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/* The smallest kept descriptor that is at least `from`, or -1. */
static int next_kept(const int *keep, size_t count, unsigned from)
{
        int next = -1;

        for (size_t i = 0; i < count; i++)
                if (keep[i] >= (int)from && (next < 0 || keep[i] < next))
                        next = keep[i];
        return next;
}

void fd_close_except(const int *keep, size_t count)
{
        unsigned from = 3;
        int next;

        while ((next = next_kept(keep, count, from)) >= 0) {
                if ((unsigned)next > from)
                        close_range(from, (unsigned)next - 1, 0);
                from = (unsigned)next + 1;
        }
        close_range(from, ~0U, 0);
}

union fd_control {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
};

int fd_send_with(int socket_fd, const void *data, size_t len, int fd)
{
        union fd_control control = { 0 };
        struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
        struct msghdr msg = { .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
        struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &fd, sizeof(int));
        return sendmsg(socket_fd, &msg, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

ssize_t fd_receive_with(int socket_fd, void *data, size_t len, int flags, int *fd_out)
{
        union fd_control control = { 0 };
        struct iovec iov = { .iov_base = data, .iov_len = len };
        struct msghdr msg = { .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
        struct cmsghdr *head;
        ssize_t n;

        *fd_out = -1;
        do {
                n = recvmsg(socket_fd, &msg, flags | MSG_CMSG_CLOEXEC);
        } while (n < 0 && errno == EINTR);
        head = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
        if (head && head->cmsg_type == SCM_RIGHTS)
                memcpy(fd_out, CMSG_DATA(head), sizeof(int));
        return n;
}

int fd_send(int socket_fd, int fd)
{
        return fd_send_with(socket_fd, "f", 1, fd);
}

int fd_receive(int socket_fd)
{
        char byte;
        int fd;
        ssize_t n = fd_receive_with(socket_fd, &byte, 1, 0, &fd);

        if (n >= 0 && fd < 0)
                errno = ECONNRESET;
        return fd;
}

int fd_sealed_memfd(const char *name, const void *data, size_t len)
{
        AUTO_CLOSE int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0 || fd_write_all(fd, data, len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return -1;
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -1;
        return take_fd(&fd);
}
