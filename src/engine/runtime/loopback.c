/* "lo" up. See loopback.h and netdevice(7). */
#include "engine/runtime/loopback.h"

#include "base/cleanup.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int loopback_up(struct error *err)
{
        AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

        /* A kernel without IPv4 has nothing to bring up. */
        if (fd < 0 && errno == EAFNOSUPPORT)
                return 0;
        if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                return error_sys(err, errno, "bring the loopback device up");
        return 0;
}
