/* kelp volume export, import: a volume's files as a tar archive. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/storage/inflate.h"
#include "engine/storage/pack.h"
#include "engine/storage/unpack.h"
#include "engine/storage/volume.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define IMPORT_MAX ((uint64_t)1 << 43) /* bytes, inflated */

struct tar_args {
        const char *output;
};
#define OPT_ARGS struct tar_args

static const struct opt export_options[] = {
        OPT_STR('o', "output", output, "FILE", "Write to a file, not to standard output"),
        { 0 },
};

static int open_volume(struct context *ctx, const char *name, int *fd_out, struct error *err)
{
        AUTO(volume) volume = { 0 };
        AUTO_FREE char *path = NULL;

        if (volume_lookup(&ctx->store, name, &volume, err) < 0 ||
            context_enter_userns(ctx, err) < 0)
                return -1;
        if (volume_is_tmpfs(&volume))
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "volume %s is a tmpfs: each container has one of its own, so there "
                        "are no files here",
                        volume.name);
        path = volume_path(&ctx->store, volume.name);
        *fd_out = open(volume_device(&volume) ? volume_device(&volume) : path,
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "open volume %s", volume.name) : 0;
}

static int export_run(struct context *ctx, void *data, struct error *err)
{
        const struct tar_args *args = data;
        struct pack_options options = { 0 };
        AUTO(volume) volume = { 0 };
        AUTO_CLOSE int dir_fd = -1;
        AUTO_CLOSE int file_fd = -1;

        if (!args->output && isatty(STDOUT_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "cannot write to terminal, use command-line redirection or the "
                                 "--output flag");
        /* A file that is there stays as it is when there is no such volume. */
        if (volume_lookup(&ctx->store, ctx->argv[0], &volume, err) < 0)
                return -1;
        if (args->output) {
                file_fd = open(args->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
                if (file_fd < 0)
                        return error_sys(err, errno, "create %s", args->output);
        }
        if (open_volume(ctx, ctx->argv[0], &dir_fd, err) < 0)
                return -1;
        options.recorded = userns_mapping_records(userns_own_mapping());
        return pack_tree(dir_fd, &options, file_fd >= 0 ? file_fd : STDOUT_FILENO, err);
}

const struct command cmd_volume_export = {
        .name = "volume export",
        .synopsis = "[OPTIONS] VOLUME",
        .summary = "Write a volume's files as a tar archive",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct tar_args),
        .options = export_options,
        .run = export_run,
};

struct feed {
        struct inflater *inflater;
        char buffer[1 << 16];
};

static ssize_t next_piece(void *data, const void **piece_out, struct error *err)
{
        struct feed *feed = data;

        *piece_out = feed->buffer;
        return inflater_read(feed->inflater, feed->buffer, sizeof(feed->buffer), err);
}

static int unpack_into(int dir_fd, int fd, struct error *err)
{
        static struct feed feed;
        struct unpack_source source = { .next = next_piece,
                                        .data = &feed,
                                        .plain = true,
                                        .recorded = userns_mapping_records(userns_own_mapping()) };
        struct unpack_result result = { 0 };
        int rc;

        if (inflater_open(fd, LAYER_DETECT, IMPORT_MAX, &feed.inflater, err) < 0)
                return -1;
        umask(0);
        rc = unpack_tar(dir_fd, &source, &result, err);
        inflater_close(feed.inflater);
        if (rc == 0)
                unpack_result_release(&result);
        return rc;
}

static int import_run(struct context *ctx, void *data, struct error *err)
{
        bool from_stdin = strcmp(ctx->argv[1], "-") == 0;
        AUTO_CLOSE int fd =
                from_stdin ? dup(STDIN_FILENO) : open(ctx->argv[1], O_RDONLY | O_CLOEXEC);
        AUTO_CLOSE int dir_fd = -1;

        (void)data;
        if (fd < 0)
                return error_sys(err, errno, "open %s", ctx->argv[1]);
        if (open_volume(ctx, ctx->argv[0], &dir_fd, err) < 0)
                return -1;
        return unpack_into(dir_fd, fd, err);
}

const struct command cmd_volume_import = {
        .name = "volume import",
        .synopsis = "VOLUME ARCHIVE|-",
        .summary = "Put the files of a tar archive into a volume",
        .needs = NEEDS_STORE,
        .min_operands = 2,
        .max_operands = 2,
        .run = import_run,
};
