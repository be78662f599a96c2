/* Helper programs. The child gets exactly the descriptors that are listed, everything else is
 * closed by CLOEXEC; posix_spawn(3), so no page tables are copied.
 */
#ifndef KELP_BASE_SPAWN_H
#define KELP_BASE_SPAWN_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/* A descriptor of ours and the number it shall have in the child. */
struct spawn_fd {
        int ours;
        int theirs;
};

struct spawn_request {
        const char *const *argv;    /* NULL-terminated; argv[0] is looked up in $PATH */
        const char *const *env;     /* NULL: ours */
        const struct spawn_fd *fds; /* at most 8; 0, 1, 2 not listed: /dev/null */
        size_t fd_count;
};

/* Start it. ERROR_NOT_FOUND when there is no such program. The caller waits for *pid_out. */
int spawn_start(const struct spawn_request *request, pid_t *pid_out, struct error *err);

/* Wait: the exit code, 128 + n after signal n, or -1 with errno set. */
int spawn_wait(pid_t pid);

/* Run to the end and collect what it wrote to stdout (and stderr when stderr_out is not NULL), each
 * cut at max bytes; the caller frees. input (may be NULL) goes to its stdin and must fit a pipe (64
 * KiB). Returns the exit code or -1. */
int spawn_capture(const char *const *argv, const char *input, size_t max, char **stdout_out,
                  char **stderr_out, struct error *err);

/* Do call(data) in a forked child and wait: for work that changes the process for good, such as
 * entering a user namespace. 0, or -1 with the child's error. */
int spawn_call(int (*call)(void *data, struct error *err), void *data, struct error *err);

#endif
