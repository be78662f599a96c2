/* Descriptors to pass on. See oci_fds.h. */
#include "cli/oci/oci_fds.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* LISTEN_FDS, when it is for us. Without LISTEN_PID it is for whoever reads it. */
static int listen_count(void)
{
        const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
        long n = count ? strtol(count, NULL, 10) : 0;

        if (n < 1 || n > PRESERVE_FDS_MAX || (pid && strtol(pid, NULL, 10) != getpid()))
                return 0;
        return (int)n;
}

void oci_fds_note(struct oci_fds *fds, int argc, char *const *argv)
{
        bool asked = false;

        fds->listen = listen_count();
        for (int i = 0; i < argc && !asked; i++)
                asked = strncmp(argv[i], "--preserve-fds", 14) == 0;
        for (int fd = 3; (asked || fds->listen) && fd < 3 + PRESERVE_FDS_MAX; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        fds->inherited.items[fds->inherited.count++] = fd;
}

int oci_fds_choose(struct oci_fds *fds, const struct opt_int *option, struct error *err)
{
        int end = 3 + (int)option->value + fds->listen;

        if (option->value < 0 || option->value > PRESERVE_FDS_MAX - fds->listen)
                return error_set(err, ERROR_USAGE,
                                 "--preserve-fds: a number from 0 to %d is needed",
                                 PRESERVE_FDS_MAX - fds->listen);
        for (size_t i = 0; i < fds->inherited.count && fds->inherited.items[i] < end; i++)
                fds->chosen.items[fds->chosen.count++] = fds->inherited.items[i];
        return 0;
}
