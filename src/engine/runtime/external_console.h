/* The socket that a runtime sends a container's terminal to (runc's docs/terminals.md). */
#ifndef KELP_ENGINE_RUNTIME_EXTERNAL_CONSOLE_H
#define KELP_ENGINE_RUNTIME_EXTERNAL_CONSOLE_H

#include "base/error.h"

struct external_console {
        int fd;
        char dir[96];
        char path[108]; /* fits a socket's address */
};

#define EXTERNAL_CONSOLE_EMPTY ((struct external_console){ .fd = -1 })

/* In a new directory below `dir`, or below /tmp where that is too long for a socket's address. */
int external_console_listen(const char *dir, struct external_console *console_out,
                            struct error *err);

/* The terminal, when the runtime has ended. */
int external_console_take(const struct external_console *console, int *console_fd_out,
                          struct error *err);

void external_console_release(struct external_console *console);

#endif
