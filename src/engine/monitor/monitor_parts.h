/* The monitor's state, for the files that share it: its start (monitor_start.c), what goes between
 * the container and its clients (monitor_io.c), and the loop (monitor.c).
 */
#ifndef KELP_ENGINE_MONITOR_MONITOR_PARTS_H
#define KELP_ENGINE_MONITOR_MONITOR_PARTS_H

#include "engine/monitor/clients.h"
#include "engine/monitor/journal_writer.h"
#include "engine/monitor/log_writer.h"
#include "engine/monitor/monitor.h"
#include "engine/monitor/oom_watch.h"
#include "engine/runtime/launch.h"

#include <poll.h>

struct monitor {
        const struct monitor_request *request;
        struct launch launch;
        struct clients clients;
        struct log_writer log;
        struct journal_writer journal;
        int passed[3]; /* the streams of who started it, for the init; -1: it has none of them */
        int output_fds[2]; /* stdout (or the terminal), stderr; -1: ended */
        int stdin_fd;      /* write end of its pipe, or the terminal; -1: none */
        bool wide[3];      /* the pipes through which much went have more room */
        int child_stdio[3];
        struct monitor_timer timer;
        int64_t due_ms;  /* its next tick (CLOCK_MONOTONIC), -1: none */
        int64_t kill_ms; /* when the init is killed, -1: never */
        bool timed_out;  /* it was */
        struct oom_watch oom;
        bool ended; /* the init is dead; what is left in the pipes is read */
        int exit_code;
};

/* What poll(2) looks after. */
enum {
        SLOT_PIDFD,
        SLOT_STDOUT,
        SLOT_STDERR,
        SLOT_STDIN,
        SLOT_LISTEN,
        SLOT_TIMER,
        SLOT_OOM,
        SLOT_WATCH,
        SLOT_CLIENTS,
        SLOT_COUNT = SLOT_CLIENTS + CLIENTS_MAX
};

/* Leave the caller's session, signals and descriptors, but for m->passed. */
void monitor_become(struct monitor *m);

/* From clone to exec; again, with another storage driver, where the kernel has no overlay. What was
 * begun is for launch_abort() when it fails. */
int monitor_launch(struct monitor *m, struct error *err);

/* The init has them: whoever reads from a pipe waits for its other end to close. */
void monitor_close_handed_on(struct monitor *m);

/* Begin with empty buffers / fill the slots of streams and clients / do what poll(2) found. */
void monitor_io_init(void);
void monitor_io_fill(const struct monitor *m, struct pollfd *slots);
void monitor_io_serve(struct monitor *m, const struct pollfd *slots);

#endif
