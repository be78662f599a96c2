/* kelp top. Words that are descriptors choose the columns; others are for ps(1), which is then run
 * in the container. */
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/container/top_table.h"
#include "engine/container/exec.h"

#include <stdio.h>

struct top_args {
        bool latest;
};
#define OPT_ARGS struct top_args

static const struct opt top_options[] = {
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        { 0 },
};

static int print_processes(const struct context *ctx, const struct container *container,
                           const struct top_columns *columns, struct error *err)
{
        AUTO(table) table = { 0 };

        top_table_begin(columns, &table);
        if (top_table_add(&ctx->store, container, columns, &table, err) < 0)
                return -1;
        table_print(&table, stdout);
        return 0;
}

static int run_ps(struct context *ctx, struct container *container, const char *word,
                  struct error *err)
{
        struct exec_options options = { .user = "0:0" };
        int code, rc;

        strv_add(&options.args, "ps");
        for (int i = 1; i < ctx->argc; i++)
                strv_add(&options.args, ctx->argv[i]);
        rc = container_exec(&ctx->store, container, &options, &code, err);
        strv_release(&options.args);
        if (rc == 0)
                return code;
        error_context(err, "%s is no descriptor, and ps could not be run in the container", word);
        return top_columns_cure(err);
}

static int top_run(struct context *ctx, void *data, struct error *err)
{
        const struct top_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO(top_columns) columns = { 0 };
        AUTO(strv) words = { 0 };
        const char *other;
        int rc;

        if (target_first(ctx, args->latest, 0, &words, err) < 0 ||
            container_lookup(&ctx->store, ctx->argv[0], &container, err) < 0)
                return -1;
        other = top_columns_choose(ctx->argv + 1, ctx->argc - 1, &columns);
        rc = other ? run_ps(ctx, &container, other, err)
                   : print_processes(ctx, &container, &columns, err);
        container_release(&container);
        return rc;
}

const struct command cmd_top = {
        .name = "top",
        .synopsis = "[OPTIONS] CONTAINER [DESCRIPTOR...|PS-ARGUMENT...]",
        .summary = "Show the processes of a running container",
        .needs = NEEDS_STORE,
        .stop_at_operand = true,
        .max_operands = -1,
        .args_size = sizeof(struct top_args),
        .options = top_options,
        .run = top_run,
};
