/* The error struct's sentences: set, prefix, carry over a pipe. See error.h for the contract.
 *
 * Nothing here allocates, so that a forked child can report before it executes anything.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum error_kind kind_of_errno(int sys)
{
        switch (sys) {
        case ENOENT:
                return ERROR_NOT_FOUND;
        case EEXIST:
                return ERROR_EXISTS;
        case EACCES:
        case EPERM:
                return ERROR_DENIED;
        case EBUSY:
                return ERROR_IN_USE;
        case EINTR:
        case ECANCELED:
                return ERROR_CANCELLED;
        default:
                return ERROR_GENERAL;
        }
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
        va_list args;

        if (!err)
                return -1;
        err->kind = kind;
        err->sys = 0;
        err->cure[0] = '\0';
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        return -1;
}

int error_sys(struct error *err, int sys, const char *format, ...)
{
        char reason[128];
        size_t used;
        va_list args;

        if (!err)
                return -1;
        err->kind = kind_of_errno(sys);
        err->sys = sys;
        err->cure[0] = '\0';
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        used = strlen(err->text);
        snprintf(err->text + used, sizeof(err->text) - used, ": %s",
                 strerror_r(sys, reason, sizeof(reason)));
        return -1;
}

int error_context(struct error *err, const char *format, ...)
{
        char old[ERROR_TEXT_MAX];
        size_t used;
        va_list args;

        if (!err)
                return -1;
        memcpy(old, err->text, sizeof(old));
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        used = strlen(err->text);
        snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
        return -1;
}

int error_cure(struct error *err, const char *format, ...)
{
        va_list args;

        if (!err)
                return -1;
        va_start(args, format);
        vsnprintf(err->cure, sizeof(err->cure), format, args);
        va_end(args);
        return -1;
}

int error_copy(struct error *err, const struct error *from)
{
        if (err)
                *err = *from;
        return -1;
}

int error_exit_code(const struct error *err)
{
        if (err->kind == ERROR_CANNOT_RUN)
                return 126;
        if (err->kind == ERROR_NO_COMMAND)
                return 127;
        return 125;
}

void error_send(int fd, const struct error *err)
{
        ssize_t n;

        /* One write: the struct is below PIPE_BUF, so it arrives whole or not at all. */
        _Static_assert(sizeof(struct error) <= 4096, "struct error must fit into PIPE_BUF");
        do {
                n = write(fd, err, sizeof(*err));
        } while (n < 0 && errno == EINTR);
}

int error_receive(int fd, struct error *err)
{
        struct error got;
        size_t have = 0;

        while (have < sizeof(got)) {
                ssize_t n = read(fd, (char *)&got + have, sizeof(got) - have);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_sys(err, errno, "read from child process");
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        if (have == 0)
                return 0;
        if (have != sizeof(got) || got.kind <= ERROR_NONE || got.kind >= ERROR_KIND_COUNT)
                return error_set(err, ERROR_GENERAL, "child process died while it reported");
        got.text[sizeof(got.text) - 1] = '\0';
        got.cure[sizeof(got.cure) - 1] = '\0';
        if (err)
                *err = got;
        return 1;
}
