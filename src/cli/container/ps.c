/* kelp ps: the containers, filtered, sorted and printed. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/container/container_filter.h"
#include "cli/container/container_size.h"
#include "cli/container/ps_extra.h"
#include "cli/container/ps_row.h"
#include "engine/container/state.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_MAX 86400 /* seconds, a day */

struct ps_args {
        bool all, quiet, no_trunc, no_heading, latest, namespaces, size, pod, external, sync;
        const char *format, *sort;
        struct opt_int last, watch;
        struct strv filters;
};
#define OPT_ARGS struct ps_args

static const struct opt ps_options[] = {
        OPT_BOOL('a', "all", all, "Show those that do not run too"),
        OPT_BOOL(0, "external", external, "Those of builds too"),
        OPT_LIST(
                'f', "filter", filters, "KEY=VALUE",
                "ancestor, before, command, exited, health, id, label, label!, name, network, pod, "
                "restart-policy, should-start-on-boot, since, status, until, volume"),
        OPT_STR(0, "format", format, "FORMAT", "json, table, or a Go template"),
        OPT_INT('n', "last", last, "NUMBER", "Show the newest ones, running or not"),
        OPT_BOOL('l', "latest", latest, "Show the newest one, running or not"),
        OPT_BOOL(0, "noheading", no_heading, "Leave the heading out"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs and commands"),
        OPT_BOOL(0, "ns", namespaces, "Show the numbers of the namespaces"),
        OPT_BOOL(0, "namespace", namespaces, "The same as --ns"),
        OPT_BOOL('p', "pod", pod, "Show the pod"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        OPT_BOOL('s', "size", size, "Show how much was written, and how much with the image"),
        OPT_STR(0, "sort", sort, "KEY",
                "command, created, id, image, names, runningfor, size, status"),
        OPT_BOOL(0, "sync", sync, "Ask the kernel for the states (it always is asked)"),
        OPT_INT('w', "watch", watch, "SECONDS", "Show the list again and again"),
        { 0 },
};

/* What is shown, in order; borrowed from the list. */
struct row {
        const struct container *container;
        uint64_t bytes; /* that it wrote, where sizes are asked for */
};

struct rows {
        const struct store *store;
        struct row *items;
        size_t count;
        struct container_sizes sizes;
};

static void rows_release(struct rows *rows)
{
        free(rows->items);
        container_sizes_release(&rows->sizes);
}

static int by_created(const struct container *a, const struct container *b)
{
        return (a->spec.created_ns > b->spec.created_ns) -
               (a->spec.created_ns < b->spec.created_ns);
}

static int by_age(const struct container *a, const struct container *b)
{
        return by_created(b, a);
}

static int by_id(const struct container *a, const struct container *b)
{
        return strcmp(a->id, b->id);
}

static int by_image(const struct container *a, const struct container *b)
{
        return strcmp(a->spec.image_name, b->spec.image_name);
}

static int by_name(const struct container *a, const struct container *b)
{
        return strcmp(a->spec.name, b->spec.name);
}

static int by_status(const struct container *a, const struct container *b)
{
        return strcmp(container_status_name(&a->state), container_status_name(&b->state));
}

static int by_command(const struct container *a, const struct container *b)
{
        AUTO_FREE char *x = ps_command_text(a, true), *y = ps_command_text(b, true);

        return strcmp(x, y);
}

typedef int row_order(const struct container *a, const struct container *b);

static int find_order(const char *name, row_order **order_out, struct error *err)
{
        static const struct {
                const char *name;
                row_order *order;
        } orders[] = {
                { "created", by_created }, { "command", by_command }, { "id", by_id },
                { "image", by_image },     { "names", by_name },      { "runningfor", by_age },
                { "status", by_status },   { "size", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
                if (!name || strcmp(name, orders[i].name) == 0) {
                        *order_out = orders[i].order;
                        return 0;
                }
        return error_set(err, ERROR_USAGE,
                         "cannot sort by \"%s\": choose from command, created, id, image, names, "
                         "runningfor, size, status",
                         name);
}

/* No order: by size. */
static int compare_rows(const void *a, const void *b, void *data)
{
        const struct row *x = a, *y = b;
        row_order *order = *(row_order **)data;
        int sign = order ? order(x->container, y->container)
                         : (x->bytes > y->bytes) - (x->bytes < y->bytes);

        return sign ? sign : by_created(x->container, y->container);
}

static void measure(struct rows *rows)
{
        for (size_t i = 0; i < rows->count; i++)
                rows->items[i].bytes =
                        container_size_written(rows->store, rows->items[i].container);
}

/* The list comes newest first, so that --last takes the first ones that match. */
static void select_rows(const struct ps_args *args, const struct container_list *list,
                        const struct filters *filters, struct rows *rows)
{
        size_t most = args->latest                             ? 1
                      : args->last.set && args->last.value > 0 ? (size_t)args->last.value
                                                               : 0;
        bool any = args->all || most > 0 || container_filters_ask_state(filters);

        rows->items = xcalloc(list->count + 1, sizeof(*rows->items));
        for (size_t i = 0; i < list->count && (most == 0 || rows->count < most); i++) {
                const struct container *c = &list->items[i];

                bool runs = c->state.status == CONTAINER_RUNNING && !c->state.paused;

                if ((any || runs) && container_filters_match(filters, c))
                        rows->items[rows->count++].container = c;
        }
}

static json_t *make_row(const struct ps_args *args, struct rows *rows, size_t i, int64_t now,
                        bool for_people)
{
        const struct container *container = rows->items[i].container;
        json_t *json = ps_row_json(container, now, args->no_trunc, for_people);

        if (args->size)
                ps_extra_size(json, rows->items[i].bytes,
                              container_size_whole(&rows->sizes, rows->store, container,
                                                   rows->items[i].bytes),
                              for_people);
        ps_extra_pod(json, rows->store, container, args->no_trunc, for_people);
        if (args->namespaces || (args->format && for_people))
                ps_extra_namespaces(json, container, for_people);
        return json;
}

static int print_formatted(const struct ps_args *args, const char *format, struct rows *rows,
                           int64_t now, struct error *err)
{
        AUTO_JSON json_t *json = json_array();
        bool for_people = !template_asks_json(format);

        for (size_t i = 0; i < rows->count; i++)
                json_array_append_new(json, make_row(args, rows, i, now, for_people));
        return template_print_headed(format, json,
                                     args->no_heading ? template_no_headings : ps_template_headings,
                                     stdout, err);
}

/* The table with more than the usual columns. */
static char *wide_format(const struct ps_args *args)
{
        if (args->namespaces)
                return xstrdup("table {{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.Cgroup}}\t{{.IPC}}\t"
                               "{{.MNT}}\t{{.NET}}\t{{.PIDNS}}\t{{.User}}\t{{.UTS}}");
        return xasprintf("table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t"
                         "{{.Status}}\t{{.Ports}}\t{{.Names}}%s%s",
                         args->pod ? "\t{{.Pod}}\t{{.PodName}}" : "",
                         args->size ? "\t{{.Size}}" : "");
}

static void print_briefs(const struct ps_args *args, const struct ps_briefs *briefs, int64_t now)
{
        AUTO(table) table = { .columns = PS_COLUMNS };

        if (args->quiet) {
                for (size_t i = 0; i < briefs->count; i++)
                        printf(args->no_trunc ? "%s\n" : "%.12s\n", briefs->items[i].id);
                return;
        }
        if (!args->no_heading)
                strv_add_array(&table.cells, ps_headings);
        for (size_t i = 0; i < briefs->count; i++)
                ps_row_cells(&table, &briefs->items[i], now, args->no_trunc);
        table_print(&table, stdout);
}

static void print_plainly(const struct ps_args *args, const struct rows *rows, int64_t now)
{
        AUTO(ps_briefs) briefs = { 0 };

        briefs.items = xcalloc(rows->count + 1, sizeof(*briefs.items));
        for (; briefs.count < rows->count; briefs.count++)
                ps_brief_init(&briefs.items[briefs.count], rows->items[briefs.count].container,
                              now);
        print_briefs(args, &briefs, now);
}

static int print_rows(const struct ps_args *args, struct rows *rows, struct error *err)
{
        bool wide = args->namespaces || args->size || args->pod;
        AUTO_FREE char *format = wide ? wide_format(args) : NULL;
        int64_t now = clock_now_ns();

        if (args->format && strcmp(args->format, "table") != 0)
                return print_formatted(args, args->format, rows, now, err);
        if (wide && !args->quiet)
                return print_formatted(args, format, rows, now, err);
        print_plainly(args, rows, now);
        return 0;
}

static int list_rows(const struct ps_args *args, const struct store *store,
                     const struct container_list *list, struct error *err)
{
        AUTO(filters) filters = { 0 };
        AUTO(rows) rows = { .store = store };
        row_order *order;

        if (find_order(args->sort, &order, err) < 0 ||
            container_filters_init(&args->filters, store, list, &filters, err) < 0)
                return -1;
        select_rows(args, list, &filters, &rows);
        if (!order || args->size)
                measure(&rows);
        qsort_r(rows.items, rows.count, sizeof(*rows.items), compare_rows, &order);
        return print_rows(args, &rows, err);
}

static int check(const struct ps_args *args, struct error *err)
{
        if (args->latest && args->last.set)
                return error_set(err, ERROR_USAGE, "--last and --latest cannot be used together");
        if (args->quiet && (args->size || args->namespaces))
                return error_set(err, ERROR_USAGE, "--quiet excludes --size and --ns");
        if (args->size && args->namespaces)
                return error_set(err, ERROR_USAGE, "--size and --ns exclude each other");
        if (args->watch.set && args->latest)
                return error_set(err, ERROR_USAGE, "--watch and --latest cannot be used together");
        if (args->watch.set && (args->watch.value < 0 || args->watch.value > WATCH_MAX))
                return error_set(err, ERROR_USAGE, "--watch %lld is not between 0 and %d seconds",
                                 args->watch.value, WATCH_MAX);
        return 0;
}

/* The usual table or the IDs, of all or of those that run: what scripts and prompts ask for again
 * and again. */
static bool is_brief(const struct ps_args *args)
{
        bool formatted = args->format && strcmp(args->format, "table") != 0;

        return !formatted && !args->sort && !args->latest && !args->last.set && !args->namespaces &&
               !args->size && !args->pod && !args->external && !args->filters.count;
}

static int list_briefly(const struct ps_args *args, const struct store *store, struct error *err)
{
        AUTO(ps_briefs) briefs = { 0 };
        int64_t now = clock_now_ns();

        if (ps_briefs_load(store, args->all, now, &briefs, err) < 0)
                return -1;
        print_briefs(args, &briefs, now);
        return 0;
}

static int list_once(const struct context *ctx, const struct ps_args *args, struct error *err)
{
        AUTO(container_list) list = { 0 };

        if (is_brief(args))
                return list_briefly(args, &ctx->store, err);
        if ((args->external ? container_list_load_all : container_list_load)(&ctx->store, &list,
                                                                             err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                (void)ps_extra_share_ports(&ctx->store, &list.items[i]);
        return list_rows(args, &ctx->store, &list, err);
}

static int ps_run(struct context *ctx, void *data, struct error *err)
{
        const struct ps_args *args = data;
        bool sizes = args->size || (args->sort && strcmp(args->sort, "size") == 0);

        if (check(args, err) < 0 || (sizes && context_enter_userns(ctx, err) < 0))
                return -1;
        for (;;) {
                if (args->watch.value > 0 && isatty(STDOUT_FILENO))
                        printf("\033[2J\033[H");
                if (list_once(ctx, args, err) < 0)
                        return -1;
                if (args->watch.value == 0 || fflush(stdout) != 0)
                        return 0;
                (void)poll(NULL, 0, (int)args->watch.value * 1000);
        }
}

const struct command cmd_ps = {
        .name = "ps",
        .synopsis = "[OPTIONS]",
        .summary = "List containers",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct ps_args),
        .options = ps_options,
        .run = ps_run,
};
