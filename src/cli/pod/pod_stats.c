/* kelp pod stats: what the running containers of pods use. The numbers are those of kelp stats,
 * with podman's other names for them. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/stats_row.h"
#include "cli/pod/pod_targets.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define INTERVAL_MS 1000

struct stats_args {
        bool all, latest, no_reset, no_stream;
        const char *format;
};
#define OPT_ARGS struct stats_args

static const struct opt stats_options[] = {
        OPT_BOOL('a', "all", all, "Every pod (as without names)"),
        OPT_STR(0, "format", format, "FORMAT", "json, table, or a Go template"),
        OPT_BOOL('l', "latest", latest, "The newest pod"),
        OPT_BOOL(0, "no-reset", no_reset, "Do not clear the screen between two looks"),
        OPT_BOOL(0, "no-stream", no_stream, "Look once"),
        { 0 },
};

static const char default_format[] =
        "table {{.Pod}}\t{{.CID}}\t{{.Name}}\t{{.CPU}}\t{{.MemUsage}}\t"
        "{{.Mem}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDS}}";

static const struct template_heading headings[] = {
        { "CPU", "CPU %" },
        { "MemUsage", "MEM USAGE/ LIMIT" },
        { "Mem", "MEM %" },
        { "MemUsageBytes", "MEM USAGE/ LIMIT" },
        { "NetIO", "NET IO" },
        { "BlockIO", "BLOCK IO" },
        { 0 },
};

/* podman's field and that of stats_row(). */
static json_t *rename_fields(const json_t *row, const struct pod *pod)
{
        static const struct {
                const char *here, *there;
        } names[] = { { "CPU", "CPUPerc" }, { "MemUsage", "MemUsage" },
                      { "Mem", "MemPerc" }, { "MemUsageBytes", "MemUsageBytes" },
                      { "NetIO", "NetIO" }, { "BlockIO", "BlockIO" },
                      { "CID", "ID" },      { "Name", "Name" },
                      { "PIDS", "PIDS" } };
        AUTO_FREE char *id = xasprintf("%.12s", pod->id);
        json_t *json = json_object();

        json_set_string(json, "Pod", id);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                json_object_set(json, names[i].here, json_object_get(row, names[i].there));
        return json;
}

/* One that ends meanwhile is as one that does not run. */
static void add_rows(const struct container_list *list, const struct pod *pod, json_t *rows)
{
        AUTO(pod_members) members = { 0 };

        pod_members_of(list, pod->id, &members);
        for (size_t i = 0; i < members.count; i++) {
                AUTO_JSON json_t *row = NULL;
                struct stats_pair pair = { 0 };

                if (members.items[i]->state.status != CONTAINER_RUNNING ||
                    container_sample(members.items[i], &pair.now, NULL) < 0)
                        continue;
                row = stats_row(members.items[i], &pair, false);
                json_array_append_new(rows, rename_fields(row, pod));
        }
}

static int look(struct context *ctx, const struct stats_args *args, struct error *err)
{
        struct pod_target_args targets = { .all = args->all || (ctx->argc == 0 && !args->latest),
                                           .latest = args->latest };
        const char *format =
                args->format && strcmp(args->format, "table") != 0 ? args->format : default_format;
        AUTO(container_list) list = { 0 };
        AUTO(pod_list) pods = { 0 };
        AUTO_JSON json_t *rows = json_array();

        if (pod_targets_load(ctx, &targets, &pods, err) < 0 ||
            container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < pods.count; i++)
                add_rows(&list, &pods.items[i], rows);
        if (!args->no_reset && !args->no_stream && isatty(STDOUT_FILENO))
                printf("\033[2J\033[H");
        return template_print_headed(format, rows, headings, stdout, err);
}

static int stats_run(struct context *ctx, void *data, struct error *err)
{
        const struct stats_args *args = data;

        if (args->all + args->latest + (ctx->argc > 0) > 1)
                return error_set(err, ERROR_USAGE,
                                 "--all, --latest and arguments cannot be used together");
        for (;;) {
                if (look(ctx, args, err) < 0)
                        return -1;
                if (args->no_stream || fflush(stdout) != 0)
                        return 0;
                (void)poll(NULL, 0, INTERVAL_MS);
        }
}

const struct command cmd_pod_stats = {
        .name = "pod stats",
        .synopsis = "[OPTIONS] [POD...]",
        .summary = "Show what the containers of pods use",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct stats_args),
        .options = stats_options,
        .run = stats_run,
};
