/* The monitor: the one process that stays beside a running container.
 *
 * It is forked by the command that starts the container, clones the container's init, owns its
 * stdio, writes its log, serves attached clients, and records the exit. It holds the container's
 * lock file locked until the end is recorded: that lock is what "running" means. Everything that
 * knows about the store or networks comes in as hooks.
 */
#ifndef KELP_ENGINE_MONITOR_MONITOR_H
#define KELP_ENGINE_MONITOR_MONITOR_H

#include "base/error.h"
#include "engine/runtime/external.h"
#include "engine/runtime/launch.h"

#include <stdbool.h>
#include <stdint.h>

#define MONITOR_TIMED_OUT (-1) /* podman's exit code of what --timeout has killed */

struct monitor_hooks {
        void *data;
        /* Before the clone; attempt 0, and 1 after attempt 0 failed with ERROR_NO_OVERLAY;
         * then *err has its reason. */
        int (*prepare)(void *data, int attempt, struct error *err);
        /* In the container's mount namespace; NULL: prepare has mounted the root, as for a
         * container with a user namespace below ours. */
        int (*mount_root)(void *data, struct error *err);
        /* Blocks until the user namespace's maps are written. */
        int (*wait_mapped)(void *data, pid_t pid, struct error *err);
        /* Ask for the init's cgroup / block until it is in it, before its root is built. pid 0:
         * there is no init yet (external_launch.c). */
        int (*start_cgroup)(void *data, pid_t pid, struct error *err);
        int (*wait_cgroup)(void *data, pid_t pid, struct error *err);
        /* Begin to attach the network of the init (network_fd: the namespace, or -1: by the pid) /
         * block until it is up. */
        int (*start_network)(void *data, pid_t pid, int network_fd, struct error *err);
        int (*wait_network)(void *data, struct error *err);
        /* With another runtime: its bundle, when the cgroup is known. */
        int (*write_bundle)(void *data, struct error *err);
        /* The program runs / ended. exited (exit_code: MONITOR_TIMED_OUT too) records it, and frees
         * the name with --rm; tidy_up comes after the clients were told and removes what takes
         * time. */
        int (*started)(void *data, pid_t pid, struct error *err);
        /* Its program was executed; before whoever started it is told. */
        void (*running)(void *data);
        void (*exited)(void *data, int exit_code);
        void (*tidy_up)(void *data);
        /* While it runs: processes were killed for want of memory, so many up to now. */
        void (*oom)(void *data, uint64_t kills);
        /* The start failed: undo. */
        void (*failed)(void *data, const struct error *why);
};

/* Something to be done beside the container while it runs. tick() is called when wait_ms are over
 * (-1: never) or fd (-1: none) is readable, and sets both anew. It does not block. */
struct monitor_timer {
        void (*tick)(struct monitor_timer *timer); /* NULL: nothing */
        void *data;
        int64_t wait_ms;
        int fd;
};

/* A descriptor to look after while the container runs: ready() reads what is there, and does not
 * block. */
struct monitor_watch {
        int fd; /* -1: none */
        void (*ready)(void *data, int fd);
        void *data;
};

#define MONITOR_TIMER_NONE ((struct monitor_timer){ .wait_ms = -1, .fd = -1 })

struct monitor_request {
        const struct launch_plan *plan; /* with another runtime only process.terminal counts */
        const struct external_runtime *external; /* NULL: kelp's own */
        struct monitor_hooks hooks;
        const int *cgroup_fd; /* -1: the init starts in our own; start_cgroup may change it */
        bool memory_limit;    /* OOM kills are watched for from the start, not once it is quiet */
        int log_dir_fd;       /* where the log is, or -1: no log */
        const char *log_name;
        uint64_t log_max;    /* bytes of each of its files */
        const char *journal; /* fields of each of its entries in the journal (journal_writer.h);
                              * NULL: none are made */
        bool passthrough;    /* the init has this process's standard streams, at the first start */
        int client_fd; /* the first attached client (SOCK_SEQPACKET), which is told of the start, or
                        * -1 */
        bool client_output; /* it also wants the output */
        int listen_fd;      /* socket for later ones, or -1 */
        bool interactive;
        struct monitor_timer timer;
        int64_t timeout_ms; /* then the init is killed (MONITOR_TIMED_OUT); 0: never */
        const struct preserved_fds *preserve; /* the init's too, and its alone; or NULL */
        struct monitor_watch watch;
        const json_t *identity; /* of the container, for its hooks (runtime/hooks.h); may be NULL */
        const int *keep_fds;    /* that the hooks need */
        size_t keep_count;
};

/* Start the container and stay until it ended and its clients know. For a process of its own, which
 * becomes the monitor; it may be called again (every descriptor but the request's is closed then).
 * Ends the process when the start fails. */
void monitor_run(const struct monitor_request *request);

#endif
