/* See notify_socket.h. */
#include "engine/runtime/notify_socket.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define MESSAGE_MAX 4096

int notify_socket_bind(int dir_fd, const char *name)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir_fd, name);
        (void)unlink(address.sun_path);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            chmod(address.sun_path, 0777) < 0)
                return -1;
        return take_fd(&fd);
}

bool notify_socket_ready(int fd)
{
        char text[MESSAGE_MAX + 1], *rest = text, *line;
        ssize_t n = recv(fd, text, MESSAGE_MAX, MSG_DONTWAIT);

        text[n > 0 ? n : 0] = '\0';
        while ((line = strsep(&rest, "\n")))
                if (strcmp(line, NOTIFY_READY) == 0)
                        return true;
        return false;
}

int notify_socket_send(const char *path, const char *text)
{
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t len = strlen(path);

        if (len >= sizeof(address.sun_path)) {
                errno = ENAMETOOLONG;
                return -1;
        }
        memcpy(address.sun_path, path, len);
        if (path[0] == '@')
                address.sun_path[0] = '\0';
        len += offsetof(struct sockaddr_un, sun_path);
        return sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                      (struct sockaddr *)&address, (socklen_t)len) < 0
                       ? -1
                       : 0;
}
