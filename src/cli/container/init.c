/* kelp init. */
#include "base/cleanup.h"
#include "cli/container/starting.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/options/conf_options.h"

#include <stdio.h>

struct init_args {
        struct target_args targets;
};
#define OPT_ARGS struct init_args

static const struct opt init_options[] = {
        OPT_BOOL('a', "all", targets.all, "Prepare every container that does not run"),
        OPT_BOOL('l', "latest", targets.latest, "Prepare the newest container"),
        { 0 },
};

static int init_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct init_args *args = data;

        if (starting_prepare(ctx, name, err) < 0) {
                if (args->targets.ignore && err->kind == ERROR_NOT_FOUND)
                        return 0;
                starting_not_its_own(err);
                return -1;
        }
        printf("%s\n", name);
        return 0;
}

static int init_run(struct context *ctx, void *data, struct error *err)
{
        struct init_args *args = data;
        AUTO(strv) names = { 0 };

        args->targets.states = TARGET_STOPPED;
        if (targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return for_each_operand(ctx, data, init_one, err);
}

const struct command cmd_init = {
        .name = "init",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Prepare containers for their start",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct init_args),
        .options = init_options,
        .conf = conf_keys,
        .run = init_run,
};
