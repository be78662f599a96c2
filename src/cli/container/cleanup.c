/* kelp container cleanup: what a container that ended leaves is its monitor's to clear away, so
 * that only the leavings of a monitor that was killed are left for this. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "engine/container/exec_session.h"
#include "engine/container/remove_image.h"
#include "engine/container/verbs.h"

#include <fcntl.h>
#include <stdio.h>

struct cleanup_args {
        struct target_args targets;
        bool remove, stopped_only, remove_image;
        const char *exec;
};
#define OPT_ARGS struct cleanup_args

static const struct opt cleanup_options[] = {
        OPT_BOOL('a', "all", targets.all, "Every container that does not run"),
        OPT_BOOL('l', "latest", targets.latest, "The newest container"),
        OPT_BOOL(0, "rm", remove, "Remove the container too"),
        OPT_BOOL(0, "stopped-only", stopped_only, "Pass over containers that run"),
        OPT_STR(0, "exec", exec, "ID", "Clean up what this exec session has left"),
        OPT_BOOL(0, "rmi", remove_image, "Remove the container and its image too"),
        { 0 },
};

/* Stopping one whose monitor is gone clears away what is left of it. */
static int clear(const struct context *ctx, const struct cleanup_args *args,
                 struct container *container, struct error *err)
{
        if (container->state.status == CONTAINER_LOST)
                return container_stop(&ctx->store, container, 0, err);
        if (container->state.status != CONTAINER_RUNNING)
                return 0;
        if (args->stopped_only)
                return 1;
        return error_set(err, ERROR_STATE,
                         "container %s is %s: container state improper, only what has ended can be "
                         "cleaned up",
                         container->id, container_status_name(&container->state));
}

static int remove_image(const struct context *ctx, struct container *container, struct error *err)
{
        if (!container->spec.remove_image)
                container->spec.remove_image = xstrdup(container->spec.image_id);
        return container_remove_image(&ctx->store, &container->spec, err);
}

/* What a session leaves goes when its container's are looked at, so there is none that has ended.
 */
static int clear_session(const struct container *container, const char *session, struct error *err)
{
        AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO(strv) sessions = { 0 };

        exec_session_list(container, proc_fd, &sessions);
        if (strv_contains(&sessions, session))
                return error_set(err, ERROR_STATE,
                                 "cannot clean up exec session %s of container %s as it is running",
                                 session, container->id);
        return error_set(err, ERROR_NOT_FOUND, "no exec session with ID %s: no such exec session",
                         session);
}

static int cleanup_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct cleanup_args *args = data;
        struct container container = CONTAINER_EMPTY;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0)
                rc = args->exec ? clear_session(&container, args->exec, err)
                                : clear(ctx, args, &container, err);
        if (rc == 0 && (args->remove || args->remove_image))
                rc = context_enter_userns(ctx, err) < 0
                             ? -1
                             : container_remove(&ctx->store, &container, err);
        if (rc == 0 && args->remove_image)
                rc = remove_image(ctx, &container, err);
        if (rc == 0)
                printf("%s\n", container.id);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

static int check(const struct cleanup_args *args, struct error *err)
{
        const char *both = !args->exec          ? NULL
                           : args->targets.all  ? "--all and --exec"
                           : args->remove_image ? "--exec and --rmi"
                                                : NULL;

        return both ? error_set(err, ERROR_USAGE, "%s cannot be set together", both) : 0;
}

static int cleanup_run(struct context *ctx, void *data, struct error *err)
{
        struct cleanup_args *args = data;
        AUTO(strv) names = { 0 };

        args->targets.states = TARGET_STOPPED;
        if (check(args, err) < 0 || targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return for_each_operand(ctx, data, cleanup_one, err);
}

const struct command cmd_container_cleanup = {
        .name = "container cleanup",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Clear away what a killed monitor left of a container",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct cleanup_args),
        .options = cleanup_options,
        .run = cleanup_run,
};
