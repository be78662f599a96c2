/* kelp wait: until containers are in a state, by default until they have ended. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/human.h"
#include "cli/targets.h"
#include "engine/container/health_state.h"
#include "engine/container/verbs.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define INTERVAL_MS 250

struct wait_args {
        struct target_args targets;
        struct strv conditions;
        const char *interval;
        bool first; /* --exit-first-match */
        bool polls; /* a condition other than the end */
        int interval_ms;
};
#define OPT_ARGS struct wait_args

static const struct opt wait_options[] = {
        OPT_LIST(0, "condition", conditions, "STATUS",
                 "created, exited, healthy, initialized, paused, removing, running, stopped, "
                 "stopping, unhealthy"),
        OPT_BOOL(0, "exit-first-match", first, "Wait for one of the containers, not for all"),
        OPT_BOOL(0, "ignore", targets.ignore, "Print -1 for containers that do not exist"),
        OPT_STR('i', "interval", interval, "SPAN",
                "Time between looks (250ms); the end is noticed at once"),
        OPT_BOOL('l', "latest", targets.latest, "Wait for the newest container"),
        { 0 },
};

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

static int prepare(struct wait_args *args, struct error *err)
{
        int64_t ns = 0;

        for (size_t i = 0; i < args->conditions.count; i++) {
                if (check_condition(args->conditions.items[i], err) < 0)
                        return -1;
                args->polls = args->polls || !is_end(args->conditions.items[i]);
        }
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

/* Can what it waits for still come? Without a check a container is never healthy, and one that has
 * ended will not be. */
static int check_hope(const struct wait_args *args, const struct container *container,
                      struct error *err)
{
        const char *condition = NULL;

        for (size_t i = 0; i < args->conditions.count && !condition; i++)
                if (is_health(args->conditions.items[i]))
                        condition = args->conditions.items[i];
        if (!condition)
                return 0;
        if (!health_of(container)[0])
                return error_set(err, ERROR_INVALID,
                                 "cannot use condition \"%s\": container %s has no healthcheck",
                                 condition, container->spec.name);
        if (is_end(container_status_name(&container->state)))
                return error_set(err, ERROR_STATE,
                                 "container %s has ended and is not %s: container is stopped",
                                 container->spec.name, condition);
        return 0;
}

/* Look at it once. As podman: the exit code when it has ended, else -1. 1: not in any of the
 * states yet. One that was removed meanwhile has ended; its exit code was seen only by those who
 * waited for the end. */
static int look(const struct wait_args *args, struct container *container, int *code,
                struct error *err)
{
        struct error why = { 0 };

        *code = -1;
        if (container_refresh(container, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
        if (!is_in(args, container))
                return check_hope(args, container, err) < 0 ? -1 : 1;
        if (is_end(container_status_name(&container->state)))
                *code = container->state.exit_code;
        return 0;
}

static int wait_polling(const struct wait_args *args, struct container *container, int *code,
                        struct error *err)
{
        int rc;

        while ((rc = look(args, container, code, err)) == 1)
                poll(NULL, 0, args->interval_ms);
        return rc;
}

static int wait_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct wait_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int code = -1;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0 && args->polls)
                rc = wait_polling(args, &container, &code, err);
        else if (rc == 0)
                rc = container_wait(&ctx->store, &container, &code, err);
        if (rc >= 0)
                printf("%d\n", code);
        fflush(stdout);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int look_at(struct context *ctx, const struct wait_args *args, const char *name,
                   struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int code = -1, rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = look(args, &container, &code, err);
        if (rc == 0)
                printf("%d\n", code);
        container_release(&container);
        return rc;
}

/* The first that is in one of the states; its exit code alone is printed. */
static int wait_first(struct context *ctx, const struct wait_args *args, struct error *err)
{
        for (;;) {
                for (int i = 0; i < ctx->argc; i++) {
                        int rc = look_at(ctx, args, ctx->argv[i], err);

                        if (rc <= 0)
                                return rc;
                }
                poll(NULL, 0, args->interval_ms);
        }
}

static int wait_run(struct context *ctx, void *data, struct error *err)
{
        struct wait_args *args = data;
        AUTO(strv) names = { 0 };

        if (prepare(args, err) < 0 || targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        if (args->first)
                return wait_first(ctx, args, err);
        return for_each_operand(ctx, data, wait_one, err);
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
