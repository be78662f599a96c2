/* kelp save: images to an archive or a directory. */
#include "engine/image/save.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/image/interrupt.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct save_args {
        const char *format, *output;
        bool compress, uncompressed, quiet, multi;
};
#define OPT_ARGS struct save_args

static const struct opt save_options[] = {
        OPT_BOOL(0, "compress", compress, "Compress the layers (docker-dir)"),
        OPT_STR(0, "format", format, "FORMAT",
                "docker-archive, oci-archive, oci-dir or docker-dir"),
        OPT_BOOL('m', "multi-image-archive", multi, "Several images (they are always taken)"),
        OPT_STR('o', "output", output, "FILE", "Write here, not to standard output"),
        OPT_BOOL('q', "quiet", quiet, "No progress (there is none)"),
        OPT_BOOL(0, "uncompressed", uncompressed,
                 "Plain layers in every format (docker-archive has no others)"),
        { 0 },
};

struct chosen {
        struct image *images;
        struct save_image *saves;
        size_t count;
};

static void chosen_release(struct chosen *chosen)
{
        for (size_t i = 0; i < chosen->count; i++) {
                image_release(&chosen->images[i]);
                strv_release(&chosen->saves[i].names);
        }
        free(chosen->images);
        free(chosen->saves);
}

/* Operands of one image are names of one entry; an ID gives none. */
static int choose(const struct context *ctx, struct chosen *chosen, struct error *err)
{
        chosen->images = xcalloc((size_t)ctx->argc, sizeof(*chosen->images));
        chosen->saves = xcalloc((size_t)ctx->argc, sizeof(*chosen->saves));
        for (int i = 0; i < ctx->argc; i++) {
                AUTO(image) image = { 0 };
                size_t at = 0;

                if (image_lookup(&ctx->store, ctx->argv[i], &image, err) < 0)
                        return -1;
                while (at < chosen->count &&
                       !digest_equal(&chosen->images[at].manifest, &image.manifest))
                        at++;
                if (!image.by_id)
                        strv_extend(&chosen->saves[at].names, &image.names);
                if (at < chosen->count)
                        continue;
                image_touch(&ctx->store, &image);
                chosen->images[at] = image;
                chosen->saves[at].image = &chosen->images[at];
                chosen->count++;
                image = (struct image){ 0 };
        }
        return 0;
}

static int write_archive(const struct context *ctx, const struct chosen *chosen,
                         enum save_format format, enum layer_compression layers, int fd,
                         struct error *err)
{
        if (format == SAVE_DOCKER_ARCHIVE)
                return save_docker_archive(&ctx->store, chosen->saves, chosen->count, fd, err);
        return save_oci_archive(&ctx->store, chosen->saves, chosen->count, layers, fd, err);
}

static int to_file(const struct context *ctx, const struct chosen *chosen, enum save_format format,
                   enum layer_compression layers, const char *path, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "create %s", path);
        if (write_archive(ctx, chosen, format, layers, fd, err) == 0)
                return 0;
        if (S_ISREG(st.st_mode))
                (void)unlink(path); /* half an archive helps nobody */
        return -1;
}

static int save(const struct context *ctx, const struct save_args *args,
                const struct chosen *chosen, enum save_format format, struct error *err)
{
        bool directory = format == SAVE_OCI_DIR || format == SAVE_DOCKER_DIR;
        enum layer_compression layers = args->compress       ? LAYER_GZIP
                                        : args->uncompressed ? LAYER_PLAIN
                                                             : LAYER_DETECT;

        if (directory && !args->output)
                return error_set(err, ERROR_USAGE, "--format %s needs --output DIRECTORY",
                                 args->format);
        if (args->compress && format != SAVE_DOCKER_DIR)
                return error_set(err, ERROR_USAGE, "--compress goes with --format docker-dir only");
        if (args->compress && args->uncompressed)
                return error_set(err, ERROR_USAGE,
                                 "--compress and --uncompressed cannot be set together");
        if (directory)
                return save_directory(&ctx->store, chosen->saves, chosen->count, format, layers,
                                      args->output, err);
        if (args->output)
                return to_file(ctx, chosen, format, layers, args->output, err);
        if (isatty(STDOUT_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "an archive is not for a terminal: use --output FILE or a pipe");
        return write_archive(ctx, chosen, format, layers, STDOUT_FILENO, err);
}

static int save_run(struct context *ctx, void *data, struct error *err)
{
        const struct save_args *args = data;
        enum save_format format = SAVE_DOCKER_ARCHIVE;
        AUTO(chosen) chosen = { 0 };
        int rc;

        if ((args->format && save_format_parse(args->format, &format, err) < 0) ||
            choose(ctx, &chosen, err) < 0)
                return -1;
        interrupt_catch();
        rc = save(ctx, args, &chosen, format, err);
        interrupt_restore();
        return rc < 0 && err->kind == ERROR_CANCELLED ? (dispatch_print_error(err), 130) : rc;
}

const struct command cmd_save = {
        .name = "save",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Write images to an archive",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct save_args),
        .options = save_options,
        .run = save_run,
};
