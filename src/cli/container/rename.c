/* kelp rename. */
#include "cli/command.h"
#include "engine/container/create.h"

static int rename_run(struct context *ctx, void *data, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);

        (void)data;
        if (rc == 0)
                rc = container_rename(&ctx->store, &container, ctx->argv[1], err);
        container_release(&container);
        return rc;
}

const struct command cmd_rename = {
        .name = "rename",
        .synopsis = "CONTAINER NAME",
        .summary = "Give a container another name",
        .needs = NEEDS_STORE,
        .min_operands = 2,
        .max_operands = 2,
        .run = rename_run,
};
