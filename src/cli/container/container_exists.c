/* kelp container exists: the exit code is the answer. */
#include "cli/command.h"
#include "engine/container/container.h"

struct exists_args {
        bool external;
};
#define OPT_ARGS struct exists_args

static const struct opt exists_options[] = {
        OPT_BOOL(0, "external", external, "Those of other programs too (the store has none)"),
        { 0 },
};

static int exists_run(struct context *ctx, void *data, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);

        (void)data;
        container_release(&container);
        return rc < 0 && err->kind == ERROR_NOT_FOUND ? 1 : rc;
}

const struct command cmd_container_exists = {
        .name = "container exists",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Exit with 0 when there is such a container, with 1 when there is none",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct exists_args),
        .options = exists_options,
        .run = exists_run,
};
