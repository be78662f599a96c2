/* kelp wait: until containers are in a state, by default until they have ended, or until something
 * is noticed of them (notice.h).
 *
 * States are looked at from time to time. The end alone is waited for on the container's lock
 * (container_wait()). Notices are watched for by this process, in the container's cgroup: of all
 * containers from the beginning, though the answers are given in the order of the operands, since a
 * stall that is over is not seen later. An OOM kill stays true of the run, and is in its record
 * when it has ended, so nothing is lost between a start and a wait. Where nothing but the kernel's
 * word is waited for there are no looks from time to time.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/notice.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/output/human.h"
#include "engine/container/health_state.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define INTERVAL_MS 250
#define RECORD_MS   10 /* it is dead, and its monitor records that */
#define TOLD_MS     50 /* a container at its memory limit would wake us all the time */

struct wait_args {
        struct target_args targets;
        struct strv conditions;
        const char *interval;
        bool first; /* --exit-first-match */
        bool polls; /* a condition other than the end */
        bool looks; /* one that nobody tells us of */
        int interval_ms;
        struct notices notices;
        struct waiting *waiting; /* for notices: each operand's */
        size_t next;             /* of them */
};
#define OPT_ARGS struct wait_args

static const struct opt wait_options[] = {
        OPT_LIST(0, "condition", conditions, "STATUS",
                 "created, exited, healthy, initialized, oom, paused, removing, running, stopped, "
                 "stopping, unhealthy, memory:80% (or 200m), pressure:some=200ms/2s"),
        OPT_BOOL(0, "exit-first-match", first, "Wait for one of the containers, not for all"),
        OPT_BOOL(0, "ignore", targets.ignore, "Print -1 for containers that do not exist"),
        OPT_STR('i', "interval", interval, "SPAN",
                "Time between looks (250ms); the end is noticed at once"),
        OPT_BOOL('l', "latest", targets.latest, "Wait for the newest container"),
        { 0 },
};

struct waiting {
        struct container container;
        struct container_watch watch;
};

#define WAITING_EMPTY                                                                              \
        ((struct waiting){ .container = CONTAINER_EMPTY, .watch = CONTAINER_WATCH_EMPTY })

static void waiting_release(struct waiting *waiting)
{
        container_release(&waiting->container);
        container_watch_release(&waiting->watch);
}

static bool is_end(const char *condition)
{
        return strcmp(condition, "stopped") == 0 || strcmp(condition, "exited") == 0;
}

static int check_condition(const char *condition, struct error *err)
{
        static const char *const known[] = { "configured",  "created",  "exited",   "healthy",
                                             "initialized", "paused",   "removing", "running",
                                             "stopped",     "stopping", "unhealthy" };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(condition, known[i]) == 0)
                        return 0;
        return error_set(err, ERROR_USAGE, "--condition %s is no state of a container", condition);
}

static int add_condition(struct wait_args *args, const char *condition, struct error *err)
{
        const struct cgroup_notice *added;

        if (notice_is(condition)) {
                if (notice_add(&args->notices, "--condition", condition, err) < 0)
                        return -1;
                added = &args->notices.items[args->notices.count - 1];
                args->looks = args->looks || added->kind == NOTICE_MEMORY;
        } else {
                if (check_condition(condition, err) < 0)
                        return -1;
                args->looks = args->looks || !is_end(condition);
        }
        args->polls = args->polls || !is_end(condition);
        return 0;
}

static int prepare(struct wait_args *args, struct error *err)
{
        int64_t ns = 0;

        for (size_t i = 0; i < args->conditions.count; i++)
                if (add_condition(args, args->conditions.items[i], err) < 0)
                        return -1;
        args->polls = args->polls || args->first;
        args->interval_ms = INTERVAL_MS;
        if (!args->interval)
                return 0;
        if (human_parse_span(args->interval, &ns, err) < 0)
                return error_context(err, "--interval");
        if (ns < 1000000 || ns > 86400 * (int64_t)1000000000)
                return error_set(err, ERROR_USAGE, "--interval %s is not between 1ms and a day",
                                 args->interval);
        args->interval_ms = (int)(ns / 1000000);
        return 0;
}

static bool is_health(const char *condition)
{
        return strcmp(condition, "healthy") == 0 || strcmp(condition, "unhealthy") == 0;
}

/* "removing" is the moment before it is gone, so gone will do. */
static bool is_in(const struct wait_args *args, const struct container *container)
{
        const char *status = container_status_name(&container->state);

        if (args->conditions.count == 0)
                return is_end(status);
        for (size_t i = 0; i < args->conditions.count; i++) {
                const char *condition = args->conditions.items[i];

                if (strcmp(condition, "configured") == 0)
                        condition = "created";
                if (is_health(condition) && strcmp(condition, health_of(container)) == 0)
                        return true;
                if (strcmp(condition, status) == 0 || (is_end(condition) && is_end(status)))
                        return true;
        }
        return false;
}

static bool wants(const struct wait_args *args, const char *condition)
{
        return strv_contains(&args->conditions, condition);
}

/* Can what it waits for still come? Without a check a container is never healthy, and one that has
 * ended will not be, nor is anything noticed of it. */
static int check_hope(const struct wait_args *args, const struct container *container,
                      struct error *err)
{
        const char *condition = NULL;

        for (size_t i = 0; i < args->conditions.count && !condition; i++)
                if (is_health(args->conditions.items[i]) || notice_is(args->conditions.items[i]))
                        condition = args->conditions.items[i];
        if (!condition)
                return 0;
        if (is_health(condition) && !health_of(container)[0])
                return error_set(err, ERROR_INVALID,
                                 "cannot use condition \"%s\": container %s has no healthcheck",
                                 condition, container->spec.name);
        if (is_end(container_status_name(&container->state)))
                return error_set(err, ERROR_STATE,
                                 "container %s has ended and is not %s: container is stopped",
                                 container->spec.name, condition);
        return 0;
}

/* Of what is there no longer its exit record tells, if its run was watched. As podman: it has
 * ended, or was removed, which is what "removing" waits for. */
static int look_at_record(const struct wait_args *args, const struct waiting *waiting, int *code,
                          struct error *err)
{
        bool oom_killed, ends = args->notices.count == 0 || wants(args, "stopped") ||
                                wants(args, "exited") || wants(args, "removing");

        *code = container_watch_exit_code(&waiting->watch, &oom_killed);
        if (*code == STATE_NO_RECORD)
                *code = -1;
        if (ends || (oom_killed && wants(args, "oom")))
                return 0;
        return error_set(err, ERROR_STATE,
                         "container %s has ended and is not %s: container is stopped",
                         waiting->container.spec.name, args->notices.items[0].text);
}

/* One that has removed itself, and whose directory is on its way out and tells what it last told.
 */
static bool is_buried(const struct waiting *waiting)
{
        bool oom_killed;

        return waiting->container.state.status == CONTAINER_LOST &&
               waiting->container.spec.auto_remove &&
               container_watch_exit_code(&waiting->watch, &oom_killed) != STATE_NO_RECORD;
}

/* 1: nothing was noticed yet. */
static int look_for_notices(const struct wait_args *args, struct waiting *waiting,
                            const struct pollfd *slots, struct error *err)
{
        const struct container *container = &waiting->container;

        if (container->state.status != CONTAINER_RUNNING)
                return container->state.oom_killed && wants(args, "oom") ? 0 : 1;
        if (container_watch_run(&waiting->watch, container, args->notices.items,
                                args->notices.count, err) < 0)
                return -1;
        return container_watch_met(&waiting->watch, slots, 0, NULL) >= 0 ? 0 : 1;
}

/* Look at it once. As podman: the exit code when it has ended, else -1. 1: not in any of the
 * states yet. One that was removed meanwhile has ended; its exit code was seen only by those who
 * waited for the end, or watched it. slots: as poll(2) left them, or NULL. */
static int look(const struct wait_args *args, struct waiting *waiting, const struct pollfd *slots,
                int *code, struct error *err)
{
        struct container *container = &waiting->container;
        struct error why = { 0 };
        int rc = 1;

        *code = -1;
        if (container_refresh(container, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? look_at_record(args, waiting, code, err)
                                                   : error_copy(err, &why);
        if (is_buried(waiting))
                return look_at_record(args, waiting, code, err);
        if (args->notices.count)
                rc = look_for_notices(args, waiting, slots, err);
        if (rc < 0)
                return -1;
        if (rc == 1 && !is_in(args, container))
                return check_hope(args, container, err) < 0 ? -1 : 1;
        if (is_end(container_status_name(&container->state)))
                *code = container->state.exit_code;
        return 0;
}

static bool is_told(const struct pollfd *slots, size_t count)
{
        for (size_t i = 0; i < count * WATCH_SLOTS_MAX; i++)
                if (slots[i].revents & POLLPRI)
                        return true;
        return false;
}

/* Until it is time to look at these again. slots: WATCH_SLOTS_MAX for each. */
static void rest(const struct wait_args *args, const struct waiting *waiting, size_t count,
                 struct pollfd *slots)
{
        int wait_ms = args->looks || args->notices.count == 0 ? args->interval_ms : -1;

        for (size_t i = 0; i < count; i++) {
                container_watch_slots(&waiting[i].watch, slots + i * WATCH_SLOTS_MAX);
                if (waiting[i].watch.pid_start == 0 && wait_ms < 0)
                        wait_ms = args->interval_ms; /* it does not run yet */
                if (waiting[i].watch.pid_start == 0 || !container_watch_ended(&waiting[i].watch))
                        continue;
                slots[i * WATCH_SLOTS_MAX].fd = -1;
                wait_ms = RECORD_MS;
        }
        if (poll(slots, count * WATCH_SLOTS_MAX, wait_ms) > 0 && is_told(slots, count))
                (void)poll(NULL, 0, TOLD_MS);
}

static int wait_polling(const struct wait_args *args, struct waiting *waiting, int *code,
                        struct error *err)
{
        struct pollfd slots[WATCH_SLOTS_MAX];
        int rc = look(args, waiting, NULL, code, err);

        while (rc == 1) {
                rest(args, waiting, 1, slots);
                rc = look(args, waiting, slots, code, err);
        }
        return rc;
}

/* What goes wrong here goes wrong again when it is the operand's turn, and is told then. */
static void watch_all(struct context *ctx, struct wait_args *args)
{
        args->waiting = xcalloc((size_t)ctx->argc, sizeof(*args->waiting));
        for (int i = 0; i < ctx->argc; i++) {
                struct waiting *w = &args->waiting[i];

                *w = WAITING_EMPTY;
                if (target_lookup(ctx, &args->targets, ctx->argv[i], &w->container,
                                  &(struct error){ 0 }) == 0 &&
                    args->notices.count)
                        (void)look_for_notices(args, w, NULL, NULL);
        }
}

static int wait_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct wait_args *args = data;
        struct waiting own = WAITING_EMPTY;
        struct waiting *waiting = args->waiting ? &args->waiting[args->next++] : &own;
        int code = -1, rc = 0;

        if (waiting->container.dir_fd < 0)
                rc = target_lookup(ctx, &args->targets, name, &waiting->container, err);
        if (rc == 0 && args->polls)
                rc = wait_polling(args, waiting, &code, err);
        else if (rc == 0)
                rc = container_wait(&ctx->store, &waiting->container, &code, err);
        if (rc >= 0)
                printf("%d\n", code);
        fflush(stdout);
        waiting_release(waiting);
        return rc < 0 ? -1 : 0;
}

static int look_at(struct context *ctx, const struct wait_args *args, int index,
                   const struct pollfd *slots, struct error *err)
{
        struct waiting *waiting = &args->waiting[index];
        int code = -1, rc = 0;

        if (waiting->container.dir_fd < 0)
                rc = target_lookup(ctx, &args->targets, ctx->argv[index], &waiting->container, err);
        if (rc == 1) { /* --ignore: what is not there is waited for no longer */
                printf("-1\n");
                return 0;
        }
        if (rc == 0)
                rc = look(args, waiting, slots ? slots + (size_t)index * WATCH_SLOTS_MAX : NULL,
                          &code, err);
        if (rc == 0)
                printf("%d\n", code);
        return rc;
}

/* The first that is in one of the states; its exit code alone is printed. */
static int wait_first(struct context *ctx, const struct wait_args *args, struct error *err)
{
        size_t count = (size_t)ctx->argc;
        AUTO_FREE struct pollfd *slots = xcalloc(count * WATCH_SLOTS_MAX, sizeof(*slots));
        bool polled = false;

        for (;; polled = true) {
                for (int i = 0; i < ctx->argc; i++) {
                        int rc = look_at(ctx, args, i, polled ? slots : NULL, err);

                        if (rc <= 0)
                                return rc;
                }
                rest(args, args->waiting, count, slots);
        }
}

static int wait_run(struct context *ctx, void *data, struct error *err)
{
        struct wait_args *args = data;
        AUTO(strv) names = { 0 };
        int rc;

        if (prepare(args, err) < 0 || targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        if (args->notices.count || args->first)
                watch_all(ctx, args);
        rc = args->first ? wait_first(ctx, args, err) : for_each_operand(ctx, data, wait_one, err);
        for (int i = 0; args->waiting && i < ctx->argc; i++)
                waiting_release(&args->waiting[i]);
        free(args->waiting);
        return rc;
}

const struct command cmd_wait = {
        .name = "wait",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Wait until containers end and print their exit codes",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct wait_args),
        .options = wait_options,
        .run = wait_run,
};
