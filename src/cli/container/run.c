/* kelp run, kelp create. */
#include "cli/container/session.h"
#include "cli/container/starting.h"
#include "cli/options/conf_options.h"
#include "cli/options/preserve_options.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/container/log_tags.h"
#include "cli/options/refused_options.h"
#include "engine/container/attach.h"
#include "engine/container/container_event.h"
#include "engine/container/create.h"
#include "engine/container/log_place.h"
#include "engine/container/notify.h"
#include "engine/container/phases.h"
#include "engine/container/remove_image.h"
#include "engine/container/start.h"
#include "engine/container/volumes.h"

#include <fcntl.h>
#include <stdio.h>

struct run_args {
        struct container_args container;
        /* run only */
        struct opt_int sig_proxy;
        struct preserve_args preserve;
};
#define OPT_ARGS struct run_args

static const struct opt create_options[] = { CONTAINER_OPTIONS, REFUSED_OPTIONS, { 0 } };

static const struct opt run_options[] = {
        OPT_BOOL('d', "detach", container.detach, "Run in the background and print the ID"),
        OPT_BOOL_IN("Supervision", 0, "timings", container.timings,
                    "Show how long each phase of the start took"),
        OPT_BOOL_IN("Supervision", 0, "rmi", container.remove_image,
                    "Remove the image too, unless another container has it; implies --rm"),
        OPT_SWITCH_IN("Supervision", 0, "sig-proxy", sig_proxy, "Pass signals on (true)"),
        PASSWD_RUN_OPTIONS(container.passwd),
        PRESERVE_OPTIONS("Supervision", preserve),
        CONTAINER_OPTIONS,
        REFUSED_OPTIONS,
        { 0 },
};

static int write_pidfile(const struct container *container, pid_t pid, struct error *err)
{
        char text[16];
        int len = snprintf(text, sizeof(text), "%d", pid);

        if (!container->spec.pidfile)
                return 0;
        return fd_write_file(AT_FDCWD, container->spec.pidfile, text, (size_t)len, 0644, err);
}

/* Detached: until the program runs. */
static int run_detached(struct container *container, int socket_fd, struct error *err)
{
        pid_t pid;

        if (container_started(socket_fd, &pid, err) < 0 || write_pidfile(container, pid, err) < 0 ||
            notify_wait_healthy(container, err) < 0)
                return -1;
        printf("%s\n", container->id);
        return 0;
}

static int run_attached(const struct container *container, int socket_fd, bool signals,
                        bool *detached_out, struct error *err)
{
        struct stream_set streams = stream_options_of(&container->spec);
        bool passed = log_driver_of(&container->spec) == LOG_DRIVER_PASSTHROUGH;
        bool silent = !streams.out && !streams.err && !passed;
        pid_t pid;

        if ((silent || container->spec.pidfile) &&
            (container_started(socket_fd, &pid, err) < 0 || write_pidfile(container, pid, err) < 0))
                return -1;
        if (silent) {
                printf("%s\n", container->id);
                fflush(stdout);
        }
        return session_attach(container, socket_fd, streams, signals, NULL, detached_out, err);
}

/* A container that cannot even be prepared goes with --rm, or stays to be looked at. */
static void drop(struct context *ctx, const struct container *container)
{
        bool goes = container->spec.auto_remove;

        if (goes) {
                (void)container_delete(&ctx->store, container->id, container->spec.name, NULL);
                container_volumes_remove(&ctx->store, &container->spec);
        }
        container_events(&ctx->store, container,
                         (const char *const[]){ "create", goes ? "remove" : NULL, NULL }, NULL);
}

/* --rmi, of one that has ended: told, and no error: as podman does. Its monitor does the same for
 * who does not wait. */
static void remove_image(const struct context *ctx, const struct container *container,
                         const struct userns_plan *plan, struct userns_entry *entry)
{
        struct error err = { 0 };

        if (container->spec.remove_image &&
            (userns_enter_finish(plan, entry, &err) < 0 ||
             container_remove_image(&ctx->store, &container->spec, &err) < 0))
                log_warn("Failed to remove image: %s", err.text);
}

/* docker's clients write "/name". */
static void take_slash(struct container_args *args)
{
        if (args->name && args->name[0] == '/')
                args->name++;
}

static void warn_without_terminal(const struct container_args *args)
{
        if (args->terminal && args->interactive && !args->detach && !isatty(STDIN_FILENO))
                log_warn("The input device is not a TTY. The --tty and --interactive flags might "
                         "not work properly");
}

/* A container on its way from the command line to its start. */
struct run {
        struct container container;
        struct userns_plan plan;
        struct userns_entry entry;
        struct preserved_fds preserve;
};

static int start(struct context *ctx, const struct run_args *args, struct run *run, int *socket_out,
                 struct error *err)
{
        struct container *container = &run->container;
        struct start_options options = starting_options(ctx);
        AUTO(strv) fields = { 0 };

        options.attach = !args->container.detach;
        options.created = true;
        options.log_fields = &fields;
        if (run->preserve.count)
                options.preserve = &run->preserve;
        if (container->spec.terminal)
                attach_terminal_size(&options.rows, &options.columns);
        if (log_tags_fill(&ctx->store, container, &fields, err) == 0 &&
            container_start(&ctx->store, container, &run->plan, &run->entry, &options, socket_out,
                            err) == 0)
                return 0;
        drop(ctx, container);
        return -1;
}

/* The exit code: kelp's own when it does not stay attached, else the container's. */
static int start_and_stay(struct context *ctx, const struct run_args *args, struct run *run,
                          struct error *err)
{
        AUTO_CLOSE int socket_fd = -1;
        bool signals = !args->sig_proxy.set || args->sig_proxy.value;
        bool detached = args->container.detach;
        int code;

        if (start(ctx, args, run, &socket_fd, err) < 0)
                return -1;
        code = detached ? run_detached(&run->container, socket_fd, err)
                        : run_attached(&run->container, socket_fd, signals, &detached, err);
        if (code >= 0 && !detached)
                remove_image(ctx, &run->container, &run->plan, &run->entry);
        phases_mark("told");
        phases_print();
        return code;
}

static int run_run(struct context *ctx, void *data, struct error *err)
{
        struct run_args *args = data;
        struct run run = { .container = CONTAINER_EMPTY, .entry = { .sync_fd = -1 } };
        int code;

        if (args->container.timings)
                phases_enable();
        if (preserve_options_fill(&args->preserve, &run.preserve, err) < 0)
                return -1;
        take_slash(&args->container);
        warn_without_terminal(&args->container);
        if (session_create(ctx, &args->container, &run.container, &run.plan, &run.entry, err) < 0)
                return -1;
        code = start_and_stay(ctx, args, &run, err);
        container_release(&run.container);
        return code;
}

static int create_run(struct context *ctx, void *data, struct error *err)
{
        struct run_args *args = data;
        struct container container = CONTAINER_EMPTY;
        struct userns_plan plan = { 0 };
        struct userns_entry entry = { .sync_fd = -1 };
        int rc;

        args->container.only_made = true;
        take_slash(&args->container);
        if (session_create(ctx, &args->container, &container, &plan, &entry, err) < 0)
                return -1;
        rc = userns_enter_finish(&plan, &entry, err);
        container_event(&ctx->store, &container, "create");
        if (rc == 0)
                printf("%s\n", container.id);
        container_release(&container);
        return rc;
}

const struct command cmd_run = {
        .name = "run",
        .synopsis = "[OPTIONS] IMAGE [COMMAND [ARGUMENT...]]",
        .summary = "Run a command in a new container",
        .needs = NEEDS_STORE,
        .stop_at_operand = true,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct run_args),
        .options = run_options,
        .conf = conf_container,
        .run = run_run,
};

const struct command cmd_create = {
        .name = "create",
        .synopsis = "[OPTIONS] IMAGE [COMMAND [ARGUMENT...]]",
        .summary = "Make a container without starting it",
        .needs = NEEDS_STORE,
        .stop_at_operand = true,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct run_args),
        .options = create_options,
        .conf = conf_container,
        .run = create_run,
};
