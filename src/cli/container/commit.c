/* kelp commit, export: what a container became. */
#include "engine/container/commit.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/global.h"
#include "engine/container/container_event.h"
#include "engine/container/tree.h"
#include "engine/container/verbs.h"
#include "engine/image/image.h"
#include "engine/image/progress.h"
#include "engine/image/send.h"
#include "engine/image/transport.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct commit_args {
        struct strv changes;
        const char *author, *config, *format, *iidfile, *message;
        bool include_volumes, pause, quiet, squash;
};
#define OPT_ARGS struct commit_args

static const struct opt commit_cli_options[] = {
        OPT_STR('a', "author", author, "AUTHOR", "Who made it"),
        OPT_LIST('c', "change", changes, "INSTRUCTION",
                 "Set CMD, ENTRYPOINT, ENV, LABEL, USER ..."),
        OPT_STR(0, "config", config, "FILE", "Lay a configuration (JSON) over the image's"),
        OPT_STR('f', "format", format, "FORMAT", "oci (default) or docker"),
        OPT_STR(0, "iidfile", iidfile, "FILE", "Write the image's ID to FILE"),
        OPT_BOOL(0, "include-volumes", include_volumes, "Its volumes become the image's"),
        OPT_STR('m', "message", message, "TEXT", "Comment for the image's history"),
        OPT_BOOL('q', "quiet", quiet, "No progress"),
        OPT_BOOL('s', "squash", squash, "One layer with everything"),
        OPT_BOOL('p', "pause", pause, "Pause the container meanwhile"),
        { 0 },
};

static int read_format(const struct commit_args *args, bool *docker, struct error *err)
{
        enum send_format format = SEND_OCI;

        if (args->format && send_format_parse(args->format, &format, err) < 0)
                return -1;
        *docker = format == SEND_DOCKER;
        if (args->message && !*docker) {
                error_set(err, ERROR_USAGE,
                          "messages are only compatible with the docker image format (-f docker)");
                return error_cure(err, "kelp commit --format docker --message ...");
        }
        return 0;
}

static int commit_container(struct context *ctx, const struct commit_args *args,
                            struct container *container, const char *name, struct error *err)
{
        AUTO_CLOSE int running = -1;
        struct commit_options options = { .reference = name,
                                          .author = args->author,
                                          .message = args->message,
                                          .changes = &args->changes,
                                          .squash = args->squash,
                                          .include_volumes = args->include_volumes };
        AUTO_JSON json_t *config = NULL;
        AUTO(image) image = { 0 };
        struct digest id;

        if (args->config &&
            json_read_file(AT_FDCWD, args->config, LIMIT_IMAGE_CONFIG, &config, err) < 0)
                return -1;
        options.config = config;
        if (read_format(args, &options.docker, err) < 0 ||
            container_tree_of_running(container, &running, err) < 0 ||
            context_enter_userns(ctx, err) < 0)
                return -1;
        options.running_fd = running;
        if (container_commit(&ctx->store, container, &options, &id, err) < 0)
                return -1;
        if (args->iidfile &&
            fd_write_file(AT_FDCWD, args->iidfile, id.text, strlen(id.text), 0644, err) < 0)
                return -1;
        container_event(&ctx->store, container, "commit");
        if (!args->quiet && image_lookup(&ctx->store, digest_hex(&id), &image, NULL) == 0)
                progress_tell(image.layers, image.layer_count, &image.config_digest);
        printf("%s\n", digest_hex(&id));
        return 0;
}

/* --pause: a container that runs stands still meanwhile. One that somebody else paused stays so. */
static int commit_paused(struct context *ctx, const struct commit_args *args,
                         struct container *container, const char *name, struct error *err)
{
        bool pauses = args->pause && container->state.status == CONTAINER_RUNNING &&
                      !container->state.paused;
        struct error why = { 0 };
        int rc;

        if (pauses && container_pause(&ctx->store, container, err) < 0)
                return -1;
        rc = commit_container(ctx, args, container, name, err);
        if (pauses && container_unpause(&ctx->store, container, &why) < 0 && rc == 0)
                rc = error_copy(err, &why);
        return rc;
}

static int commit_run(struct context *ctx, void *data, struct error *err)
{
        AUTO_FREE char *name = NULL;
        struct container container = CONTAINER_EMPTY;
        int rc;

        if ((ctx->argc > 1 && transport_new_name(ctx->argv[1], &name, err) < 0) ||
            container_lookup(&ctx->store, ctx->argv[0], &container, err) < 0)
                return -1;
        rc = commit_paused(ctx, data, &container, name, err);
        container_release(&container);
        return rc;
}

const struct command cmd_commit = {
        .name = "commit",
        .synopsis = "[OPTIONS] CONTAINER [IMAGE]",
        .summary = "Make an image of a container",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 2,
        .args_size = sizeof(struct commit_args),
        .options = commit_cli_options,
        .run = commit_run,
};

struct export_args {
        const char *output;
};
#undef OPT_ARGS
#define OPT_ARGS struct export_args

static const struct opt export_options[] = {
        OPT_STR('o', "output", output, "FILE", "Write here, not to standard output"),
        { 0 },
};

static int export_to(struct context *ctx, const struct container *container, int out_fd,
                     struct error *err)
{
        AUTO_CLOSE int running = -1;

        if (container_tree_of_running(container, &running, err) < 0 ||
            context_enter_userns(ctx, err) < 0)
                return -1;
        if (container_export(&ctx->store, container, running, out_fd, err) < 0)
                return -1;
        container_event(&ctx->store, container, "export");
        return 0;
}

static int open_output(const char *path, struct error *err)
{
        int fd;

        if (!path && isatty(STDOUT_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "an archive is not for a terminal: use --output FILE or a pipe");
        fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)
                  : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? error_sys(err, errno, "create %s", path ? path : "the archive") : fd;
}

static int export_run(struct context *ctx, void *data, struct error *err)
{
        const struct export_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO_CLOSE int out_fd = -1;
        int rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);

        if (rc == 0) {
                out_fd = open_output(args->output, err);
                rc = out_fd < 0 ? -1 : export_to(ctx, &container, out_fd, err);
        }
        container_release(&container);
        return rc;
}

const struct command cmd_export = {
        .name = "export",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Write a container's files as a tar archive",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct export_args),
        .options = export_options,
        .run = export_run,
};
