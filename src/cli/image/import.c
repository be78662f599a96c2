/* kelp import. */
#include "engine/image/import.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/options/registry_options.h"
#include "engine/containerfile/build_config.h"
#include "engine/image/transport.h"
#include "engine/registry/download.h"
#include "engine/state/events.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct import_args {
        struct platform_args platform;
        struct strv changes;
        const char *message;
        bool quiet;
};
#define OPT_ARGS struct import_args

static const struct opt import_options[] = {
        PLATFORM_OPTIONS(platform),
        OPT_LIST('c', "change", changes, "INSTRUCTION",
                 "Set CMD, ENTRYPOINT, ENV, LABEL, USER ..."),
        OPT_STR('m', "message", message, "TEXT", "Comment for the image's history"),
        OPT_BOOL('q', "quiet", quiet, "Print the ID only (there is no progress to leave out)"),
        OPT_REFUSED(0, "signature-policy", "an archive of files has no signatures"),
        { 0 },
};

static int open_source(const struct store *store, const char *path, struct error *err)
{
        const struct download_options how = { 0 };
        int fd;

        if (strcmp(path, "-") == 0)
                return dup(STDIN_FILENO);
        if (download_is_url(path))
                return download(store, path, &how, err);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? error_sys(err, errno, "open %s", path) : fd;
}

static int import_run(struct context *ctx, void *data, struct error *err)
{
        const struct import_args *args = data;
        AUTO_JSON json_t *config = json_object();
        AUTO_FREE char *reference = NULL;
        AUTO_FREE char *platform = NULL;
        AUTO_CLOSE int fd = -1;
        struct digest id;

        if (platform_options_read(&args->platform, &platform, err) < 0)
                return -1;
        if (ctx->argc > 1 && transport_new_name(ctx->argv[1], &reference, err) < 0)
                return -1;
        for (size_t i = 0; i < args->changes.count; i++)
                if (build_config_change(config, args->changes.items[i], err) < 0)
                        return -1;
        fd = open_source(&ctx->store, ctx->argv[0], err);
        if (fd < 0 || image_import(&ctx->store, fd,
                                   &(struct import_options){ .reference = reference,
                                                             .config = config,
                                                             .message = args->message,
                                                             .platform = platform },
                                   &id, err) < 0)
                return -1;
        events_write_image(&ctx->store, "import", digest_hex(&id), ctx->argv[0]);
        printf("%s\n", id.text);
        return 0;
}

const struct command cmd_import = {
        .name = "import",
        .synopsis = "[OPTIONS] FILE|URL|- [REFERENCE]",
        .summary = "Make an image of an archive of a root file system",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .min_operands = 1,
        .max_operands = 2,
        .args_size = sizeof(struct import_args),
        .options = import_options,
        .run = import_run,
};
