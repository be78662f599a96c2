/* kelp ps: the containers, filtered, sorted and printed. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/container_filter.h"
#include "cli/ps_row.h"
#include "engine/container/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_args {
        bool all, quiet, no_trunc, no_heading, latest;
        const char *format, *sort;
        struct opt_int last;
        struct strv filters;
};
#define OPT_ARGS struct ps_args

static const struct opt ps_options[] = {
        OPT_BOOL('a', "all", all, "Show those that do not run too"),
        OPT_LIST(
                'f', "filter", filters, "KEY=VALUE",
                "ancestor, before, exited, id, label, name, network, since, status, until, volume"),
        OPT_STR(0, "format", format, "FORMAT", "json, table, or a Go template"),
        OPT_INT('n', "last", last, "NUMBER", "Show the newest ones, running or not"),
        OPT_BOOL('l', "latest", latest, "Show the newest one, running or not"),
        OPT_BOOL(0, "noheading", no_heading, "Leave the heading out"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs and commands"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        OPT_STR(0, "sort", sort, "KEY", "command, created, id, image, names, runningfor, status"),
        OPT_REFUSED('s', "size", "sizes are not kept; see du on the store"),
        OPT_REFUSED('w', "watch", "use watch(1)"),
        OPT_REFUSED('p', "pod", "there are no pods"),
        OPT_REFUSED(0, "ns", "see lsns(8)"),
        OPT_REFUSED(0, "namespace", "see lsns(8)"),
        OPT_REFUSED(0, "external", "only kelp's own containers are in its store"),
        OPT_REFUSED(0, "sync", "the state is read from the kernel each time"),
        { 0 },
};

/* What is shown, in order; borrowed from the list. */
struct rows {
        const struct container **items;
        size_t count;
};

static void rows_release(struct rows *rows)
{
        free(rows->items);
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
                { "status", by_status },
        };

        for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
                if (!name || strcmp(name, orders[i].name) == 0) {
                        *order_out = orders[i].order;
                        return 0;
                }
        return error_set(err, ERROR_USAGE,
                         "cannot sort by \"%s\": choose from command, created, id, image, names, "
                         "runningfor, status",
                         name);
}

static int compare_rows(const void *a, const void *b, void *data)
{
        const struct container *x = *(const struct container *const *)a;
        const struct container *y = *(const struct container *const *)b;
        int sign = (*(row_order **)data)(x, y);

        return sign ? sign : by_created(x, y);
}

/* The list comes newest first, so that --last takes the first ones that match. */
static void select_rows(const struct ps_args *args, const struct container_list *list,
                        const struct container_filters *filters, struct rows *rows)
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
                        rows->items[rows->count++] = c;
        }
}

static int print_formatted(const struct ps_args *args, const struct rows *rows, int64_t now,
                           struct error *err)
{
        AUTO_JSON json_t *json = json_array();
        bool for_people = !template_asks_json(args->format);

        for (size_t i = 0; i < rows->count; i++)
                json_array_append_new(json,
                                      ps_row_json(rows->items[i], now, args->no_trunc, for_people));
        return template_print_headed(args->format, json,
                                     args->no_heading ? template_no_headings : ps_template_headings,
                                     stdout, err);
}

static int print_rows(const struct ps_args *args, const struct rows *rows, struct error *err)
{
        AUTO(table) table = { .columns = PS_COLUMNS };
        int64_t now = state_now_ns();

        if (args->format && strcmp(args->format, "table") != 0)
                return print_formatted(args, rows, now, err);
        if (args->quiet) {
                for (size_t i = 0; i < rows->count; i++)
                        printf(args->no_trunc ? "%s\n" : "%.12s\n", rows->items[i]->id);
                return 0;
        }
        if (!args->no_heading)
                strv_add_array(&table.cells, ps_headings);
        for (size_t i = 0; i < rows->count; i++)
                ps_row_cells(&table, rows->items[i], now, args->no_trunc);
        table_print(&table, stdout);
        return 0;
}

static int list_rows(const struct ps_args *args, const struct container_list *list,
                     struct error *err)
{
        AUTO(container_filters) filters = { 0 };
        AUTO(rows) rows = { 0 };
        row_order *order;

        if (find_order(args->sort, &order, err) < 0 ||
            container_filters_init(&args->filters, list, &filters, err) < 0)
                return -1;
        select_rows(args, list, &filters, &rows);
        qsort_r(rows.items, rows.count, sizeof(*rows.items), compare_rows, &order);
        return print_rows(args, &rows, err);
}

static int ps_run(struct context *ctx, void *data, struct error *err)
{
        const struct ps_args *args = data;
        struct container_list list;
        int rc;

        if (args->latest && args->last.set)
                return error_set(err, ERROR_USAGE, "--last and --latest exclude each other");
        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        rc = list_rows(args, &list, err);
        container_list_release(&list);
        return rc;
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
