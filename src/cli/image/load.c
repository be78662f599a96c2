/* kelp load: images from an archive or a directory. */
#include "engine/image/load.h"

#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/image/image.h"
#include "engine/image/interrupt.h"
#include "engine/image/name.h"
#include "engine/registry/download.h"
#include "engine/state/events.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct load_args {
        const char *input, *signature_policy;
        bool quiet;
};
#define OPT_ARGS struct load_args

static const struct opt load_options[] = {
        OPT_STR('i', "input", input, "FILE", "Read this file or URL, not standard input"),
        OPT_BOOL('q', "quiet", quiet, "Do not print what was loaded"),
        OPT_STR(0, "signature-policy", signature_policy, "FILE", "Which images may be used"),
        { 0 },
};

/* A nameless image is told by its ID. */
static int print_loaded(const struct context *ctx, const char *name, const char *input,
                        struct error *err)
{
        AUTO(image) image = { 0 };

        if (image_lookup(&ctx->store, name, &image, err) < 0)
                return -1;
        events_write_image(&ctx->store, "loadfromarchive", image.id, input);
        if (!name_is_nameless(name))
                printf("Loaded image: %s\n", name);
        else
                printf("Loaded image: sha256:%s\n", image.id);
        return 0;
}

static int load_run(struct context *ctx, void *data, struct error *err)
{
        const struct load_args *args = data;
        bool from_stdin = !args->input || strcmp(args->input, "-") == 0;
        struct load_request request = { .path = from_stdin ? NULL : args->input,
                                        .signature_policy = args->signature_policy,
                                        .fd = STDIN_FILENO,
                                        .cancel = interrupt_flag() };
        AUTO(strv) names = { 0 };
        const struct download_options how = { 0 };
        AUTO_CLOSE int url_fd = -1;
        int rc;

        if (from_stdin && isatty(STDIN_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "cannot read from terminal, use command-line redirection or the "
                                 "--input flag");
        (void)staging_sweep(&ctx->store, NULL);
        if (args->input && download_is_url(args->input)) {
                request.path = NULL;
                request.fd = url_fd = download(&ctx->store, args->input, &how, err);
                if (url_fd < 0)
                        return -1;
        }
        interrupt_catch();
        rc = image_load(&ctx->store, &request, &names, err);
        interrupt_restore();
        for (size_t i = 0; rc == 0 && !args->quiet && i < names.count; i++)
                rc = print_loaded(ctx, names.items[i], args->input ? args->input : "-", err);
        return rc < 0 && err->kind == ERROR_CANCELLED ? (dispatch_print_error(err), 130) : rc;
}

const struct command cmd_load = {
        .name = "load",
        .synopsis = "[OPTIONS]",
        .summary = "Read images from an archive",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .args_size = sizeof(struct load_args),
        .options = load_options,
        .run = load_run,
};
