/* kelp logs. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/human.h"
#include "engine/container/verbs.h"

#include <stdlib.h>
#include <string.h>

struct logs_args {
        bool follow, timestamps;
        const char *tail, *since, *until;
};
#define OPT_ARGS struct logs_args

static const struct opt logs_options[] = {
        OPT_BOOL('f', "follow", follow, "Wait for more until the container ends"),
        OPT_STR(0, "since", since, "TIME", "Only lines after a time (RFC 3339, seconds, or 10m)"),
        OPT_STR(0, "tail", tail, "LINES", "Only the last lines"),
        OPT_BOOL('t', "timestamps", timestamps, "Show the time of each line"),
        OPT_STR(0, "until", until, "TIME", "Only lines before a time"),
        OPT_REFUSED('l', "latest", "name the container"),
        OPT_REFUSED(0, "color", "the lines are shown as they were written"),
        OPT_REFUSED('n', "names", "ask for one container at a time"),
        { 0 },
};

static int fill(const struct logs_args *args, struct log_options *options, struct error *err)
{
        char *end;

        *options = (struct log_options){ .follow = args->follow,
                                         .timestamps = args->timestamps,
                                         .tail = -1 };
        if (args->tail && strcmp(args->tail, "all") != 0) {
                options->tail = strtoll(args->tail, &end, 10);
                if (*end || end == args->tail)
                        return error_set(err, ERROR_USAGE, "invalid --tail \"%s\"", args->tail);
        }
        if (args->since && human_parse_time(args->since, &options->since_ns, err) < 0)
                return error_context(err, "--since");
        if (args->until && human_parse_time(args->until, &options->until_ns, err) < 0)
                return error_context(err, "--until");
        return 0;
}

static int logs_one(struct context *ctx, void *args, const char *name, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        struct log_options options;
        int rc = fill(args, &options, err);

        if (rc == 0)
                rc = container_lookup(&ctx->store, name, &container, err);
        if (rc == 0)
                rc = container_logs(&ctx->store, &container, &options, err);
        container_release(&container);
        return rc;
}

static int logs_run(struct context *ctx, void *args, struct error *err)
{
        return for_each_operand(ctx, args, logs_one, err);
}

const struct command cmd_logs = {
        .name = "logs",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Show what a container printed",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_CONTAINER,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct logs_args),
        .options = logs_options,
        .run = logs_run,
};
