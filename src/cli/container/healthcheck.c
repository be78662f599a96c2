/* kelp healthcheck run: a health check now. */
#include "cli/command.h"
#include "cli/container/targets.h"
#include "engine/container/health_check.h"

#include <stdio.h>

struct healthcheck_args {
        bool ignore_result;
};
#define OPT_ARGS struct healthcheck_args

static const struct opt healthcheck_options[] = {
        OPT_BOOL(0, "ignore-result", ignore_result, "Exit with 0 when the check fails"),
        { 0 },
};

static int healthcheck_run(struct context *ctx, void *data, struct error *err)
{
        const struct healthcheck_args *args = data;
        struct container container = CONTAINER_EMPTY;
        struct health_outcome outcome = { 0 };
        int rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);

        if (rc == 0)
                rc = health_check(&ctx->store, &container, true, &outcome, err);
        container_release(&container);
        if (rc < 0 || outcome.shown == HEALTH_HEALTHY)
                return rc;
        printf("%s\n", health_status_name(outcome.shown));
        return args->ignore_result ? 0 : 1;
}

const struct command cmd_healthcheck_run = {
        .name = "healthcheck run",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Check a container's health now: exit with 0 when it is healthy, else with 1",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct healthcheck_args),
        .options = healthcheck_options,
        .run = healthcheck_run,
};
