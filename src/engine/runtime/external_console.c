/* Terminals from other runtimes. See external_console.h. */
#include "engine/runtime/external_console.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define WAIT_MS 10000

static int make_place(const char *dir, struct external_console *console, struct error *err)
{
        const char *const places[] = { dir, "/tmp" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                int len = snprintf(console->dir, sizeof(console->dir), "%s/kelp-tty.XXXXXX",
                                   places[i]);

                if (len < (int)sizeof(console->dir) && mkdtemp(console->dir)) {
                        snprintf(console->path, sizeof(console->path), "%s/socket", console->dir);
                        return 0;
                }
        }
        console->dir[0] = '\0';
        return error_sys(err, errno, "create a directory for the console socket");
}

int external_console_listen(const char *dir, struct external_console *console_out,
                            struct error *err)
{
        AUTO(external_console) console = EXTERNAL_CONSOLE_EMPTY;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (make_place(dir, &console, err) < 0)
                return -1;
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", console.path);
        console.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (console.fd < 0 || bind(console.fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(console.fd, 1) < 0)
                return error_sys(err, errno, "create the console socket");
        *console_out = console;
        console = EXTERNAL_CONSOLE_EMPTY;
        return 0;
}

int external_console_take(const struct external_console *console, int *console_fd_out,
                          struct error *err)
{
        struct pollfd slot = { .fd = console->fd, .events = POLLIN };
        AUTO_CLOSE int peer = -1;
        int fd;

        if (poll(&slot, 1, WAIT_MS) > 0)
                peer = accept4(console->fd, NULL, NULL, SOCK_CLOEXEC);
        if (peer < 0)
                return error_set(err, ERROR_GENERAL, "no terminal came to the console socket");
        fd = fd_receive(peer);
        if (fd < 0)
                return error_sys(err, errno, "receive the terminal");
        *console_fd_out = fd;
        return 0;
}

void external_console_release(struct external_console *console)
{
        if (console->fd >= 0)
                close(console->fd);
        if (console->dir[0]) {
                (void)unlink(console->path);
                (void)rmdir(console->dir);
        }
        *console = EXTERNAL_CONSOLE_EMPTY;
}
