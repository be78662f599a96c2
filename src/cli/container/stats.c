/* kelp stats: what running containers use, again and again or once. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/container/stats_row.h"
#include "engine/container/container.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define INTERVAL_DEFAULT 5     /* seconds */
#define INTERVAL_MAX     86400 /* a day */

struct stats_args {
        bool all, latest, no_stream, no_reset, no_trunc;
        const char *format;
        struct opt_int interval;
};
#define OPT_ARGS struct stats_args

static const struct opt stats_options[] = {
        OPT_BOOL('a', "all", all, "Show those that do not run too"),
        OPT_STR(0, "format", format, "FORMAT", "json, table, or a Go template"),
        OPT_INT('i', "interval", interval, "SECONDS", "Time between two looks (5)"),
        OPT_BOOL('l', "latest", latest, "Show the newest container"),
        OPT_BOOL(0, "no-reset", no_reset, "Do not clear the screen between two looks"),
        OPT_BOOL(0, "no-stream", no_stream, "Look once"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs"),
        { 0 },
};

static const char default_format[] =
        "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
        "{{.BlockIO}}\t{{.PIDS}}\t{{.UpTime}}\t{{.AVGCPU}}";

/* Between two looks the last sample of each container is kept. */
struct kept {
        char id[CONTAINER_ID_LEN + 1];
        struct container_sample sample;
};

struct history {
        struct kept *items;
        size_t count;
};

static void history_release(struct history *history)
{
        free(history->items);
        *history = (struct history){ 0 };
}

static const struct container_sample *history_find(const struct history *history, const char *id)
{
        for (size_t i = 0; i < history->count; i++)
                if (strcmp(history->items[i].id, id) == 0)
                        return &history->items[i].sample;
        return NULL;
}

static void history_add(struct history *history, const char *id,
                        const struct container_sample *sample)
{
        history->items = xreallocarray(history->items, history->count + 1, sizeof(*history->items));
        snprintf(history->items[history->count].id, CONTAINER_ID_LEN + 1, "%s", id);
        history->items[history->count++].sample = *sample;
}

struct look {
        const struct stats_args *args;
        const struct history *before;
        struct history now;
        json_t *rows;
        bool by_name; /* asked for by name: what cannot be told is an error */
};

/* One that ends meanwhile counts as one that does not run. */
static int look_at(struct look *look, const struct container *c, struct error *err)
{
        const struct container_sample *before = history_find(look->before, c->id);
        struct stats_pair pair = { 0 };

        if (before)
                pair.before = *before;
        if (c->state.status == CONTAINER_RUNNING) {
                struct error why = { 0 };

                if (container_sample(c, &pair.now, &why) == 0)
                        history_add(&look->now, c->id, &pair.now);
                else if (look->by_name && why.kind != ERROR_NOT_FOUND)
                        return error_copy(err, &why);
                else if (!look->args->all)
                        return 0;
        }
        json_array_append_new(look->rows, stats_row(c, &pair, look->args->no_trunc));
        return 0;
}

static int look_at_named(const struct context *ctx, struct look *look, struct error *err)
{
        for (int i = 0; i < ctx->argc; i++) {
                struct container container = CONTAINER_EMPTY;
                int rc = container_lookup(&ctx->store, ctx->argv[i], &container, err);

                if (rc == 0)
                        rc = look_at(look, &container, err);
                container_release(&container);
                if (rc < 0)
                        return -1;
        }
        return 0;
}

/* The list comes newest first. */
static int look_at_list(const struct context *ctx, struct look *look, struct error *err)
{
        struct container_list list;
        int rc = 0;

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count && rc == 0; i++) {
                if (look->args->latest && i > 0)
                        break;
                if (look->args->all || look->args->latest ||
                    list.items[i].state.status == CONTAINER_RUNNING)
                        rc = look_at(look, &list.items[i], err);
        }
        container_list_release(&list);
        return rc;
}

static int print_rows(const struct stats_args *args, const json_t *rows, struct error *err)
{
        AUTO_JSON json_t *plain = NULL;
        size_t i;
        json_t *row;

        if (!args->no_reset && !args->no_stream && isatty(STDOUT_FILENO))
                printf("\033[2J\033[H");
        if (!args->format || strcmp(args->format, "table") == 0)
                return template_print_headed(default_format, rows, stats_headings, stdout, err);
        if (!template_asks_json(args->format))
                return template_print_headed(args->format, rows, stats_headings, stdout, err);
        plain = json_array();
        json_array_foreach (rows, i, row) {
                json_array_append_new(plain, stats_row_json(row));
        }
        return template_print(args->format, plain, stdout, err);
}

static int look_once(const struct context *ctx, const struct stats_args *args,
                     struct history *history, struct error *err)
{
        AUTO_JSON json_t *rows = json_array();
        struct look look = { .args = args,
                             .before = history,
                             .rows = rows,
                             .by_name = ctx->argc > 0 || args->latest };
        int rc = ctx->argc > 0 ? look_at_named(ctx, &look, err) : look_at_list(ctx, &look, err);

        if (rc == 0)
                rc = print_rows(args, rows, err);
        history_release(history);
        *history = look.now;
        return rc;
}

static int check(const struct context *ctx, const struct stats_args *args, struct error *err)
{
        if (args->all + args->latest + (ctx->argc > 0) > 1)
                return error_set(err, ERROR_USAGE,
                                 "--all, --latest and containers cannot be used together");
        if (args->interval.set && (args->interval.value < 1 || args->interval.value > INTERVAL_MAX))
                return error_set(err, ERROR_USAGE,
                                 "--interval %lld is not between 1 and %d seconds",
                                 args->interval.value, INTERVAL_MAX);
        return 0;
}

static int stats_run(struct context *ctx, void *data, struct error *err)
{
        const struct stats_args *args = data;
        int seconds = args->interval.set ? (int)args->interval.value : INTERVAL_DEFAULT;
        AUTO(history) history = { 0 };

        if (check(ctx, args, err) < 0)
                return -1;
        for (;;) {
                if (look_once(ctx, args, &history, err) < 0)
                        return -1;
                if (args->no_stream || fflush(stdout) != 0)
                        return 0;
                (void)poll(NULL, 0, seconds * 1000);
        }
}

const struct command cmd_stats = {
        .name = "stats",
        .synopsis = "[OPTIONS] [CONTAINER...]",
        .summary = "Show what running containers use",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct stats_args),
        .options = stats_options,
        .run = stats_run,
};
