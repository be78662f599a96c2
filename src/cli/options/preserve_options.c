/* See preserve_options.h. */
#include "cli/options/preserve_options.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

static int add(const char *option, long fd, struct preserved_fds *fds, struct error *err)
{
        int flags = fd > INT_MAX ? -1 : fcntl((int)fd, F_GETFD);

        if (flags < 0 || (flags & FD_CLOEXEC))
                return error_set(err, ERROR_USAGE,
                                 "file descriptor %ld is not available - the %s option requires "
                                 "that file descriptors must be passed",
                                 fd, option);
        for (size_t i = 0; i < fds->count; i++)
                if (fds->items[i] == fd)
                        return 0;
        if (fd < 3) /* the program's anyway */
                return 0;
        if (fds->count == PRESERVE_FDS_MAX)
                return error_set(err, ERROR_TOO_LARGE, "more than %d descriptors to pass on",
                                 PRESERVE_FDS_MAX);
        fds->items[fds->count++] = (int)fd;
        return 0;
}

static int add_listed(const char *text, struct preserved_fds *fds, struct error *err)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, text, ',');
        for (size_t i = 0; i < words.count; i++) {
                char *end;
                long fd = strtol(words.items[i], &end, 10);

                if (!isdigit((unsigned char)words.items[i][0]) || *end)
                        return error_set(err, ERROR_USAGE,
                                         "--preserve-fd: \"%s\" is no number of a descriptor",
                                         words.items[i]);
                if (add("preserve-fd", fd, fds, err) < 0)
                        return -1;
        }
        return 0;
}

int preserve_options_fill(const struct preserve_args *args, struct preserved_fds *fds_out,
                          struct error *err)
{
        fds_out->count = 0;
        if (args->count.value < 0 || args->count.value > PRESERVE_FDS_MAX)
                return error_set(err, ERROR_USAGE,
                                 "--preserve-fds: a number from 0 to %d is needed",
                                 PRESERVE_FDS_MAX);
        for (size_t i = 0; i < args->fds.count; i++)
                if (add_listed(args->fds.items[i], fds_out, err) < 0)
                        return -1;
        for (long fd = 3; fd < 3 + args->count.value; fd++)
                if (add("preserve-fds", fd, fds_out, err) < 0)
                        return -1;
        return 0;
}
