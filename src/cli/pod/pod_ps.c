/* kelp pod ps: the pods, filtered, sorted and printed. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/output/human.h"
#include "cli/output/template.h"
#include "cli/pod/pod_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_args {
        bool ids, names, states, namespaces, no_heading, no_trunc, quiet, latest;
        const char *format, *sort;
        struct strv filters;
};
#define OPT_ARGS struct ps_args

static const struct opt ps_options[] = {
        OPT_BOOL(0, "ctr-ids", ids, "Show the IDs of the containers"),
        OPT_BOOL(0, "ctr-names", names, "Show the names of the containers"),
        OPT_BOOL(0, "ctr-status", states, "Show the states of the containers"),
        OPT_LIST('f', "filter", filters, "KEY=VALUE",
                 "ctr-ids, ctr-names, ctr-number, ctr-status, id, label, label!, name, network, "
                 "status, until"),
        OPT_STR(0, "format", format, "FORMAT", "json, table, or a Go template"),
        OPT_BOOL('l', "latest", latest, "Show the newest one, of those that match"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs"),
        OPT_BOOL('n', "noheading", no_heading, "Leave the heading out"),
        OPT_BOOL(0, "ns", namespaces, "Show the cgroup and the name space (pods have neither)"),
        OPT_BOOL(0, "namespace", namespaces, "The same as --ns"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        OPT_STR(0, "sort", sort, "KEY", "created, id, name, number, status"),
        { 0 },
};

struct row {
        const struct pod *pod;
        struct pod_members members;
};

struct rows {
        struct row *items;
        size_t count;
};

static void rows_release(struct rows *rows)
{
        for (size_t i = 0; i < rows->count; i++)
                pod_members_release(&rows->items[i].members);
        free(rows->items);
}

static int by_created(const void *a, const void *b)
{
        const struct pod *x = ((const struct row *)a)->pod, *y = ((const struct row *)b)->pod;

        return (x->spec.created_ns < y->spec.created_ns) -
               (x->spec.created_ns > y->spec.created_ns);
}

static int by_id(const void *a, const void *b)
{
        return strcmp(((const struct row *)a)->pod->id, ((const struct row *)b)->pod->id);
}

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct row *)a)->pod->spec.name,
                      ((const struct row *)b)->pod->spec.name);
}

static int by_number(const void *a, const void *b)
{
        const struct row *x = a, *y = b;

        return (x->members.count > y->members.count) - (x->members.count < y->members.count);
}

static int by_status(const void *a, const void *b)
{
        return strcmp(pod_status(&((const struct row *)a)->members),
                      pod_status(&((const struct row *)b)->members));
}

typedef int row_order(const void *a, const void *b);

static int find_order(const char *name, row_order **order_out, struct error *err)
{
        static const struct {
                const char *name;
                row_order *order;
        } orders[] = { { "created", by_created },
                       { "id", by_id },
                       { "name", by_name },
                       { "number", by_number },
                       { "status", by_status } };

        for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
                if (!name || strcmp(name, orders[i].name) == 0) {
                        *order_out = orders[i].order;
                        return 0;
                }
        return error_set(err, ERROR_USAGE,
                         "invalid option for --sort, options are: created, id, name, number, or "
                         "status");
}

static const char *id_of(const struct container *c)
{
        return c->id;
}

static const char *name_of(const struct container *c)
{
        return c->spec.name;
}

static const char *state_of(const struct container *c)
{
        return container_status_name(&c->state);
}

/* "a,b", each cut to a width. */
static void set_joined(json_t *json, const char *key, const struct pod_members *members,
                       const char *(*text)(const struct container *), int width)
{
        AUTO(strv) words = { 0 };
        AUTO_FREE char *joined = NULL;

        for (size_t i = 0; i < members->count; i++)
                strv_addf(&words, "%.*s", width, text(members->items[i]));
        joined = strv_join(&words, ",");
        json_set_string(json, key, joined);
}

static void set_id(json_t *json, const char *key, const char *id, bool whole)
{
        AUTO_FREE char *text = xasprintf("%.*s", whole ? OBJECT_ID_LEN : 12, id ? id : "");

        json_set_string(json, key, text);
}

/* What a template prints. */
static void add_for_people(json_t *json, const struct row *row, const struct ps_args *args,
                           int64_t now)
{
        AUTO_FREE char *span = human_duration((now - row->pod->spec.created_ns) / 1000000000);
        AUTO_FREE char *age = xasprintf("%s ago", span);
        int restarts = 0;

        for (size_t i = 0; i < row->members.count; i++)
                restarts += row->members.items[i]->state.restarts;
        set_id(json, "Id", row->pod->id, args->no_trunc);
        set_id(json, "InfraId", row->pod->spec.infra_id, args->no_trunc);
        set_id(json, "InfraID", row->pod->spec.infra_id, args->no_trunc);
        json_set_string(json, "Created", age);
        json_set_string(json, "Networks", "");
        json_object_set_new(json, "NumberOfContainers",
                            json_integer((json_int_t)row->members.count));
        set_joined(json, "ContainerIds", &row->members, id_of, args->no_trunc ? OBJECT_ID_LEN : 12);
        set_joined(json, "ContainerNames", &row->members, name_of, INT16_MAX);
        set_joined(json, "ContainerStatuses", &row->members, state_of, INT16_MAX);
        json_object_set_new(json, "Restarts", json_integer(restarts));
}

static void add_for_programs(json_t *json, const struct row *row)
{
        AUTO_FREE char *created = human_rfc3339(row->pod->spec.created_ns);

        json_set_string(json, "Id", row->pod->id);
        json_set_string(json, "InfraId", row->pod->spec.infra_id);
        json_set_string(json, "Created", created);
        json_object_set_new(json, "Networks", json_array());
}

static json_t *containers_json(const struct pod_members *members)
{
        json_t *array = json_array();

        for (size_t i = 0; i < members->count; i++) {
                const struct container *c = members->items[i];
                json_t *json = json_object();

                json_set_string(json, "Id", c->id);
                json_set_string(json, "Names", c->spec.name);
                json_set_string(json, "Status", container_status_name(&c->state));
                json_object_set_new(json, "RestartCount", json_integer(c->state.restarts));
                json_array_append_new(array, json);
        }
        return array;
}

static json_t *row_json(const struct row *row, const struct ps_args *args, bool for_people,
                        int64_t now)
{
        json_t *json = json_object();

        json_set_string(json, "Cgroup", "");
        json_object_set_new(json, "Containers", containers_json(&row->members));
        json_set_string(json, "Name", row->pod->spec.name);
        json_set_string(json, "Namespace", "");
        json_set_string(json, "Status", pod_status(&row->members));
        json_object_set_new(json, "Labels", json_from_pairs(&row->pod->spec.labels));
        if (for_people)
                add_for_people(json, row, args, now);
        else
                add_for_programs(json, row);
        return json;
}

static const struct template_heading headings[] = {
        { "Id", "POD ID" },
        { "ID", "POD ID" },
        { "NumberOfContainers", "# OF CONTAINERS" },
        { "InfraId", "INFRA ID" },
        { "InfraID", "INFRA ID" },
        { "ContainerIds", "IDS" },
        { "ContainerNames", "NAMES" },
        { "ContainerStatuses", "STATUS" },
        { "Namespace", "NAMESPACES" },
        { 0 },
};

static char *table_format(const struct ps_args *args)
{
        bool counted = !args->ids && !args->names && !args->states;

        return xasprintf(
                "table {{.Id}}\t{{.Name}}\t{{.Status}}\t{{.Created}}\t{{.InfraID}}%s%s%s%s%s",
                args->ids ? "\t{{.ContainerIds}}" : "", args->names ? "\t{{.ContainerNames}}" : "",
                args->states ? "\t{{.ContainerStatuses}}" : "",
                args->namespaces ? "\t{{.Cgroup}}\t{{.Namespace}}" : "",
                counted ? "\t{{.NumberOfContainers}}" : "");
}

static int print_rows(const struct ps_args *args, const struct rows *rows, struct error *err)
{
        bool own = !args->format || strcmp(args->format, "table") == 0;
        AUTO_FREE char *format = own ? table_format(args) : xstrdup(args->format);
        bool for_people = !template_asks_json(format);
        AUTO_JSON json_t *json = json_array();
        int64_t now = clock_now_ns();

        for (size_t i = 0; i < rows->count; i++)
                if (args->quiet)
                        printf("%s\n", rows->items[i].pod->id);
                else
                        json_array_append_new(json,
                                              row_json(&rows->items[i], args, for_people, now));
        if (args->quiet || (own && args->no_heading && rows->count == 0))
                return 0;
        return template_print_headed(
                format, json, args->no_heading ? template_no_headings : headings, stdout, err);
}

static int ps_run(struct context *ctx, void *data, struct error *err)
{
        const struct ps_args *args = data;
        AUTO(container_list) containers = { 0 };
        AUTO(pod_list) pods = { 0 };
        AUTO(filters) filters = { 0 };
        AUTO(rows) rows = { 0 };
        row_order *order = by_created;

        if (args->quiet && args->format)
                return error_set(err, ERROR_USAGE, "quiet and format cannot be used together");
        if (find_order(args->sort, &order, err) < 0 ||
            pod_filters_init(&args->filters, &filters, err) < 0 ||
            pod_list_load(&ctx->store, &pods, err) < 0 ||
            container_list_load(&ctx->store, &containers, err) < 0)
                return -1;
        rows.items = xcalloc(pods.count + 1, sizeof(*rows.items));
        for (size_t i = 0; i < pods.count && !(args->latest && rows.count == 1); i++) {
                struct row row = { .pod = &pods.items[i] };

                pod_members_of(&containers, row.pod->id, &row.members);
                if (pod_filters_match(&filters, row.pod, &row.members))
                        rows.items[rows.count++] = row;
                else
                        pod_members_release(&row.members);
        }
        qsort(rows.items, rows.count, sizeof(*rows.items), order);
        return print_rows(args, &rows, err);
}

const struct command cmd_pod_ps = {
        .name = "pod ps",
        .synopsis = "[OPTIONS]",
        .summary = "List pods",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct ps_args),
        .options = ps_options,
        .run = ps_run,
};
