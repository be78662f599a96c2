/* What a D-Bus daemon or systemd may send. */
#include "engine/runtime/dbus.h"
#include "engine/runtime/scope.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX 65536 /* fits a socket */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct dbus bus = DBUS_EMPTY;
        struct error err;
        int pair[2];

        if (size > INPUT_MAX)
                return 0;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                abort();
        if (write(pair[1], data, size) != (ssize_t)size)
                abort();
        close(pair[1]);
        bus.fd = pair[0];
        (void)scope_wait(&bus, "x.scope", &err);
        dbus_release(&bus);
        return 0;
}
