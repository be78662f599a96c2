/* kelp oci events. */
#include "base/cleanup.h"
#include "cli/oci/oci.h"
#include "cli/output/human.h"
#include "engine/runtime/oci/oci_stats.h"

#include <stdint.h>

struct events_args {
        const char *interval;
        bool stats;
};
#define OPT_ARGS struct events_args

static const struct opt events_options[] = {
        OPT_STR(0, "interval", interval, "DURATION", "Time between two samples (5s)"),
        OPT_BOOL(0, "stats", stats, "One sample, then end"),
        { 0 },
};

static void tell(const json_t *event)
{
        json_dumpf(event, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
}

static int events_run(struct context *ctx, void *data, struct error *err)
{
        const struct events_args *args = data;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        AUTO_JSON json_t *stats = NULL;
        int64_t interval = (int64_t)5000000000;

        if (args->interval && human_parse_span(args->interval, &interval, err) < 0)
                return -1;
        if (interval < 1000000 || interval / 1000000 > INT32_MAX)
                return error_set(err, ERROR_USAGE, "--interval is at least a millisecond");
        if (oci_context_open(ctx, false, &container, err) < 0)
                return -1;
        if (!args->stats)
                return oci_stats_follow(&container, (int)(interval / 1000000), tell, err);
        stats = oci_stats(&container, err);
        if (!stats)
                return -1;
        tell(stats);
        return 0;
}

const struct command cmd_oci_events = {
        .name = "oci events",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Show what a container uses, and when memory runs out",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct events_args),
        .options = events_options,
        .run = events_run,
};
