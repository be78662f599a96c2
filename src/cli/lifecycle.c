/* kelp stop, kill, wait, rm: what ends containers. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/container/verbs.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct lifecycle_args {
        bool all, force, ignore, volumes;
        struct opt_int timeout;
        const char *signal;
        struct strv conditions, cidfiles;
};
#define OPT_ARGS struct lifecycle_args

static const struct opt stop_options[] = {
        OPT_BOOL('a', "all", all, "Stop every running container"),
        OPT_BOOL('i', "ignore", ignore, "Pass over containers that do not exist"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_INT(0, "timeout", timeout, "SECONDS", "The same as --time"),
        OPT_REFUSED('l', "latest", "name the container"),
        OPT_REFUSED(0, "filter", "name the containers"),
        { 0 },
};

static const struct opt kill_options[] = {
        OPT_BOOL('a', "all", all, "Signal every running container"),
        OPT_STR('s', "signal", signal, "SIGNAL", "Signal to send (SIGKILL)"),
        OPT_REFUSED('l', "latest", "name the container"),
        { 0 },
};

static const struct opt wait_options[] = {
        OPT_LIST(0, "condition", conditions, "STATUS", "exited or stopped: wait for the end"),
        OPT_BOOL(0, "ignore", ignore, "Print -1 for containers that do not exist"),
        OPT_REFUSED('i', "interval", "the end is noticed at once"),
        OPT_REFUSED('l', "latest", "name the container"),
        { 0 },
};

static const struct opt rm_options[] = {
        OPT_BOOL('a', "all", all, "Remove every container"),
        OPT_LIST(0, "cidfile", cidfiles, "FILE", "Remove the container whose ID is in the file"),
        OPT_BOOL('f', "force", force, "Kill it when it runs; no error when it does not exist"),
        OPT_BOOL('i', "ignore", ignore, "Pass over containers that do not exist"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_BOOL('v', "volumes", volumes, "Remove anonymous volumes too (there are none)"),
        OPT_REFUSED('l', "latest", "name the container"),
        OPT_REFUSED(0, "filter", "name the containers"),
        OPT_REFUSED(0, "depend", "containers do not depend on each other"),
        { 0 },
};

typedef int act(struct context *ctx, const struct lifecycle_args *args, struct container *container,
                struct error *err);

/* Look it up, act, print the name as it was given. */
static int act_on(struct context *ctx, const struct lifecycle_args *args, const char *name,
                  act *what, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&ctx->store, name, &container, err);

        if (rc < 0 && err->kind == ERROR_NOT_FOUND && (args->ignore || args->force))
                return 0;
        if (rc == 0)
                rc = what(ctx, args, &container, err);
        if (rc == 0)
                printf("%s\n", name);
        container_release(&container);
        return rc;
}

static int act_on_all(struct context *ctx, const struct lifecycle_args *args, bool running,
                      act *what, struct error *err)
{
        struct container_list list;
        struct error first = { 0 };

        if (ctx->argc > 0)
                return error_set(err, ERROR_USAGE, "--all takes no names");
        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                struct error why = { 0 };

                if (running && list.items[i].state.status != CONTAINER_RUNNING)
                        continue;
                if (act_on(ctx, args, list.items[i].id, what, &why) < 0 &&
                    why.kind != ERROR_NOT_FOUND && first.kind == ERROR_NONE)
                        first = why;
        }
        container_list_release(&list);
        return first.kind == ERROR_NONE ? 0 : error_copy(err, &first);
}

static int need_names(const struct context *ctx, struct error *err)
{
        if (ctx->argc > 0)
                return 0;
        return error_set(err, ERROR_USAGE, "kelp %s needs a container's name or ID, or --all",
                         ctx->command->name);
}

static int stop(struct context *ctx, const struct lifecycle_args *args, struct container *container,
                struct error *err)
{
        int timeout = args->timeout.set ? (int)args->timeout.value : -1;

        return container_stop(&ctx->store, container, timeout, err);
}

static int stop_one(struct context *ctx, void *args, const char *name, struct error *err)
{
        return act_on(ctx, args, name, stop, err);
}

static int stop_run(struct context *ctx, void *args, struct error *err)
{
        const struct lifecycle_args *a = args;

        if (a->all)
                return act_on_all(ctx, args, true, stop, err);
        return need_names(ctx, err) < 0 ? -1 : for_each_operand(ctx, args, stop_one, err);
}

static int send(struct context *ctx, const struct lifecycle_args *args, struct container *container,
                struct error *err)
{
        int signal;

        if (signal_parse(args->signal ? args->signal : "SIGKILL", &signal, err) < 0)
                return -1;
        return container_kill(&ctx->store, container, signal, err);
}

static int kill_one(struct context *ctx, void *args, const char *name, struct error *err)
{
        return act_on(ctx, args, name, send, err);
}

static int kill_run(struct context *ctx, void *args, struct error *err)
{
        const struct lifecycle_args *a = args;
        int signal;

        if (a->signal && signal_parse(a->signal, &signal, err) < 0)
                return -1;
        if (a->all)
                return act_on_all(ctx, args, true, send, err);
        return need_names(ctx, err) < 0 ? -1 : for_each_operand(ctx, args, kill_one, err);
}

static int wait_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct lifecycle_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int code = -1;
        int rc = container_lookup(&ctx->store, name, &container, err);

        if (rc == 0)
                rc = container_wait(&ctx->store, &container, &code, err);
        else if (args->ignore && err->kind == ERROR_NOT_FOUND)
                rc = 0;
        if (rc == 0)
                printf("%d\n", code);
        fflush(stdout);
        container_release(&container);
        return rc;
}

static int wait_run(struct context *ctx, void *data, struct error *err)
{
        const struct lifecycle_args *args = data;

        for (size_t i = 0; i < args->conditions.count; i++)
                if (strcmp(args->conditions.items[i], "exited") != 0 &&
                    strcmp(args->conditions.items[i], "stopped") != 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "--condition %s is not supported (exited and stopped are)",
                                         args->conditions.items[i]);
        return for_each_operand(ctx, data, wait_one, err);
}

static int rm(struct context *ctx, const struct lifecycle_args *args, struct container *container,
              struct error *err)
{
        (void)args;
        return container_remove(&ctx->store, container, err);
}

/* --force ends it first. What cannot be ended is told when it cannot be removed. */
static void end_by_force(struct context *ctx, const struct lifecycle_args *args, const char *name)
{
        int timeout = args->timeout.set ? (int)args->timeout.value : -1;
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(&ctx->store, name, &container, NULL) == 0)
                (void)container_stop(&ctx->store, &container, timeout, NULL);
        container_release(&container);
}

static int rm_one(struct context *ctx, void *args, const char *name, struct error *err)
{
        return act_on(ctx, args, name, rm, err);
}

/* What to remove: the names, the IDs in --cidfile, or everything. */
static int rm_names(struct context *ctx, const struct lifecycle_args *args, struct strv *names,
                    struct error *err)
{
        struct container_list list;

        for (int i = 0; i < ctx->argc; i++)
                strv_add(names, ctx->argv[i]);
        for (size_t i = 0; i < args->cidfiles.count; i++) {
                char *id;

                if (fd_read_file(AT_FDCWD, args->cidfiles.items[i], 256, &id, NULL, err) < 0)
                        return error_context(err, "--cidfile");
                id[strcspn(id, "\n")] = '\0';
                strv_take(names, id);
        }
        if (!args->all)
                return names->count ? 0 : need_names(ctx, err);
        if (names->count)
                return error_set(err, ERROR_USAGE, "--all takes no names");
        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                strv_add(names, list.items[i].id);
        container_list_release(&list);
        return 0;
}

/* The files can have owners that only the user namespace may touch; but from inside it the
 * processes of a container, which live in another one, cannot be signalled: so all are ended
 * before. */
static int rm_run(struct context *ctx, void *data, struct error *err)
{
        struct lifecycle_args *args = data;
        AUTO(strv) names = { 0 };

        if (rm_names(ctx, args, &names, err) < 0)
                return -1;
        for (size_t i = 0; args->force && i < names.count; i++)
                end_by_force(ctx, args, names.items[i]);
        if (names.count > 0 && context_enter_userns(ctx, err) < 0)
                return -1;
        ctx->argc = (int)names.count;
        ctx->argv = names.items;
        args->ignore = args->ignore || args->all;
        return for_each_operand(ctx, data, rm_one, err);
}

const struct command cmd_stop = {
        .name = "stop",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Stop running containers",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .max_operands = -1,
        .args_size = sizeof(struct lifecycle_args),
        .options = stop_options,
        .run = stop_run,
};

const struct command cmd_kill = {
        .name = "kill",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Send a signal to running containers",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .max_operands = -1,
        .args_size = sizeof(struct lifecycle_args),
        .options = kill_options,
        .run = kill_run,
};

const struct command cmd_wait = {
        .name = "wait",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Wait until containers end and print their exit codes",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct lifecycle_args),
        .options = wait_options,
        .run = wait_run,
};

const struct command cmd_rm = {
        .name = "rm",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Remove containers",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .max_operands = -1,
        .args_size = sizeof(struct lifecycle_args),
        .options = rm_options,
        .run = rm_run,
};
