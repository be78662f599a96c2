/* kelp secret ls, secret inspect. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/options/filter.h"
#include "cli/output/human.h"
#include "cli/output/printable.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/storage/secret.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct ls_args {
        bool quiet, no_heading;
        const char *format;
        struct strv filters;
};
#define OPT_ARGS struct ls_args

static const struct opt ls_options[] = {
        OPT_LIST('f', "filter", filters, "KEY=VALUE", "name=TEXT, id=BEGINNING"),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('n', "noheading", no_heading, "No headings over the table"),
        OPT_BOOL('q', "quiet", quiet, "IDs only"),
        { 0 },
};

/* A part of it. */
static bool match_name(const struct filter *f, const void *object)
{
        const struct secret *secret = object;

        return strstr(secret->name, f->value) != NULL;
}

/* Its beginning. */
static bool match_id(const struct filter *f, const void *object)
{
        const struct secret *secret = object;

        return strncmp(secret->id, f->value, strlen(f->value)) == 0;
}

static const struct filter_kind filter_kinds[] = {
        { .key = "name", .match = match_name },
        { .key = "id", .match = match_id },
        { 0 },
};

static const struct filter_table filter_table = { .kinds = filter_kinds,
                                                  .unknown = "invalid filter \"%s\"" };

static char *age(int64_t ns)
{
        AUTO_FREE char *text = human_duration((int64_t)time(NULL) - ns / 1000000000);

        return xasprintf("%s ago", text);
}

static json_t *row_json(const struct secret *secret)
{
        AUTO_FREE char *created = age(secret->created_ns);
        AUTO_FREE char *updated = age(secret->updated_ns);
        json_t *json = json_object();

        json_set_string(json, "ID", secret->id);
        json_set_string(json, "Name", secret->name);
        json_set_string(json, "Driver", "file");
        json_set_string(json, "CreatedAt", created);
        json_set_string(json, "UpdatedAt", updated);
        return json;
}

static void print_table(const json_t *rows, bool no_heading)
{
        static const char *const keys[] = { "ID", "Name", "Driver", "CreatedAt", "UpdatedAt" };
        AUTO(table) table = { .columns = ARRAY_SIZE(keys) };
        size_t i;
        json_t *row;

        if (!no_heading)
                strv_add_array(&table.cells, (const char *const[]){ "ID", "NAME", "DRIVER",
                                                                    "CREATED", "UPDATED", NULL });
        json_array_foreach (rows, i, row) {
                for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
                        strv_add(&table.cells, json_get_string(row, keys[k], ""));
        }
        table_print(&table, stdout);
}

static const struct template_heading headings[] = { { "CreatedAt", "CREATED" },
                                                    { "UpdatedAt", "UPDATED" },
                                                    { 0 } };

static int ls_run(struct context *ctx, void *data, struct error *err)
{
        const struct ls_args *args = data;
        AUTO(secret_list) list = { 0 };
        AUTO(filters) filters = { 0 };
        AUTO_JSON json_t *rows = json_array();

        if (filters_init(&filter_table, &args->filters, NULL, &filters, err) < 0 ||
            secret_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                if (!filters_match(&filters, &list.items[i]))
                        continue;
                json_array_append_new(rows, row_json(&list.items[i]));
                if (args->quiet && !args->format)
                        printf("%s\n", list.items[i].id);
        }
        if (args->format)
                return template_print_headed(args->format, rows,
                                             args->no_heading ? template_no_headings : headings,
                                             stdout, err);
        if (!args->quiet)
                print_table(rows, args->no_heading);
        return 0;
}

const struct command cmd_secret_ls = {
        .name = "secret ls",
        .synopsis = "[OPTIONS]",
        .summary = "List secrets",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct ls_args),
        .options = ls_options,
        .run = ls_run,
};

struct inspect_args {
        bool pretty, show;
        const char *format;
        json_t *results;
};
#undef OPT_ARGS
#define OPT_ARGS struct inspect_args

static const struct opt inspect_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL(0, "pretty", pretty, "For people"),
        OPT_BOOL(0, "showsecret", show, "The secret itself, too"),
        { 0 },
};

static json_t *secret_json(const struct secret *secret, const char *data)
{
        AUTO_FREE char *created = human_rfc3339(secret->created_ns);
        AUTO_FREE char *updated = human_rfc3339(secret->updated_ns);
        json_t *json = json_object();

        json_set_string(json, "ID", secret->id);
        json_set_string(json, "CreatedAt", created);
        json_set_string(json, "UpdatedAt", updated);
        json_object_set_new(json, "Spec",
                            json_pack("{s:s, s:{s:s, s:o}, s:o}", "Name", secret->name, "Driver",
                                      "Name", "file", "Options",
                                      json_from_pairs(&secret->driver_options), "Labels",
                                      json_from_pairs(&secret->labels)));
        json_set_string(json, "SecretData", data);
        return json;
}

static void print_pretty(const struct secret *secret, const char *data)
{
        AUTO_FREE char *created = human_go_time(secret->created_ns);
        AUTO_FREE char *updated = human_go_time(secret->updated_ns);

        printf("ID:              %s\nName:            %s\nLabels:\n", secret->id, secret->name);
        for (size_t i = 0; i < secret->labels.count; i++) {
                AUTO_FREE char *label = printable(secret->labels.items[i]);

                printf(" - %s\n", label);
        }
        printf("Driver:          file\nCreated:         %s\nUpdated:         %s\n", created,
               updated);
        if (data[0])
                printf("Secret:          %s\n", data);
}

static int inspect_one(struct context *ctx, void *args_data, const char *name, struct error *err)
{
        struct inspect_args *args = args_data;
        AUTO(secret) secret = { 0 };
        AUTO_FREE char *data = NULL;

        if (secret_lookup(&ctx->store, name, &secret, err) < 0 ||
            (args->show && secret_read(&ctx->store, secret.name, &data, NULL, err) < 0))
                return error_context(err, "inspecting secret");
        if (args->pretty)
                print_pretty(&secret, data ? data : "");
        else
                json_array_append_new(args->results, secret_json(&secret, data ? data : ""));
        return 0;
}

static int inspect_run(struct context *ctx, void *data, struct error *err)
{
        struct inspect_args *args = data;
        AUTO_JSON json_t *results = json_array();
        struct error print_err = { 0 };
        int rc;

        args->results = results;
        rc = for_each_operand(ctx, data, inspect_one, err);
        if (args->pretty || (rc < 0 && json_array_size(results) == 0))
                return rc;
        if (template_print(args->format ? args->format : "json", results, stdout, &print_err) < 0 &&
            rc == 0)
                return error_copy(err, &print_err);
        return rc;
}

const struct command cmd_secret_inspect = {
        .name = "secret inspect",
        .synopsis = "[OPTIONS] SECRET...",
        .summary = "Show everything about secrets",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct inspect_args),
        .options = inspect_options,
        .run = inspect_run,
};
