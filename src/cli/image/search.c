/* kelp search: repositories and tags in registries. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/options/filter.h"
#include "cli/options/registry_options.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/image/reference.h"
#include "engine/registry/catalog.h"
#include "engine/registry/registries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 25
#define DESCRIPTION   44

struct search_args {
        struct registry_args registry;
        const char *format;
        struct opt_int limit;
        struct strv filters;
        bool list_tags, no_trunc, compatible;
        /* while it runs */
        const struct global_args *global;
};
#define OPT_ARGS struct search_args

static const struct opt search_options[] = {
        REGISTRY_OPTIONS(registry),
        OPT_BOOL(0, "compatible", compatible, "Also show stars, official and automated"),
        OPT_LIST('f', "filter", filters, "KEY=VALUE", "stars=N, is-official, is-automated"),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_INT(0, "limit", limit, "N", "At most so many results (25)"),
        OPT_BOOL(0, "list-tags", list_tags, "The tags of a repository"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole descriptions"),
        { 0 },
};

static int open_client(const struct search_args *args, const char *registry, const char *path,
                       struct client **client_out, struct error *err)
{
        struct registry_options options;
        struct client_options client;

        if (registry_options_read(&args->registry, args->global, &options, err) < 0)
                return -1;
        client = (struct client_options){ .authfile = options.authfile,
                                          .creds = options.creds,
                                          .cert_dir = options.cert_dir,
                                          .tls_verify = options.tls_verify };
        return client_open(registry, path, &client, client_out, err);
}

static int prepare_stars(struct filter *f, const void *world, struct error *err)
{
        char *end;

        (void)world;
        f->number = strtoll(f->value, &end, 10);
        if (*end || end == f->value || f->number < 0)
                return error_set(err, ERROR_USAGE, "filter stars=%s: not a number of stars",
                                 f->value);
        return 0;
}

static bool match_stars(const struct filter *f, const void *result)
{
        return json_get_int(result, "Stars", 0) >= f->number;
}

static bool match_official(const struct filter *f, const void *result)
{
        return (json_get_string(result, "Official", "")[0] != '\0') == f->yes;
}

static bool match_automated(const struct filter *f, const void *result)
{
        return (json_get_string(result, "Automated", "")[0] != '\0') == f->yes;
}

static const struct filter_kind filter_kinds[] = {
        { .key = "stars", .match = match_stars, .prepare = prepare_stars, .all = true },
        { .key = "is-official",
          .match = match_official,
          .prepare = filter_bool,
          .all = true,
          .implied = "true" },
        { .key = "is-automated",
          .match = match_automated,
          .prepare = filter_bool,
          .all = true,
          .implied = "true" },
        { 0 },
};

static const struct filter_table filter_table = { .kinds = filter_kinds,
                                                  .no_value = "invalid search filter \"%s\"",
                                                  .unknown = "invalid search filter \"%s\"" };

static void add_cells(struct table *table, const struct search_args *args, const json_t *result)
{
        const char *description = json_get_string(result, "Description", "");

        strv_add(&table->cells, json_get_string(result, "Name", ""));
        if (args->no_trunc || strlen(description) <= DESCRIPTION)
                strv_add(&table->cells, description);
        else
                strv_addf(&table->cells, "%.*s...", DESCRIPTION - 3, description);
        if (!args->compatible)
                return;
        strv_addf(&table->cells, "%lld", (long long)json_get_int(result, "Stars", 0));
        strv_add(&table->cells, json_get_string(result, "Official", ""));
        strv_add(&table->cells, json_get_string(result, "Automated", ""));
}

static int print_results(const struct search_args *args, const json_t *results, struct error *err)
{
        AUTO(table) table = { .columns = args->compatible ? 5 : 2 };
        size_t i;
        json_t *result;

        if (args->format)
                return template_print(args->format, results, stdout, err);
        strv_add_array(&table.cells, (const char *const[]){ "NAME", "DESCRIPTION", NULL });
        if (args->compatible)
                strv_add_array(&table.cells,
                               (const char *const[]){ "STARS", "OFFICIAL", "AUTOMATED", NULL });
        json_array_foreach (results, i, result)
                add_cells(&table, args, result);
        if (i > 0)
                table_print(&table, stdout);
        return 0;
}

static int search_one(const struct search_args *args, const char *registry, const char *term,
                      size_t limit, json_t *all, struct error *err)
{
        AUTO_JSON json_t *results = NULL;
        struct client *client;
        int rc;

        if (open_client(args, registry, "", &client, err) < 0)
                return -1;
        rc = client_search(client, term, limit, &results, err);
        client_close(client);
        if (rc < 0)
                return error_context(err, "searching %s", registry);
        json_array_extend(all, results);
        return 0;
}

/* "REGISTRY/TERM", or a term for every registry that short names are looked for in. */
static int choose_registries(const char *text, struct strv *registries, const char **term,
                             struct error *err)
{
        size_t host = strcspn(text, "/");
        AUTO(strv) repositories = { 0 };
        struct registries *conf;
        int rc;

        *term = text;
        if (text[host] && (memchr(text, '.', host) || memchr(text, ':', host) ||
                           strncmp(text, "localhost", host) == 0)) {
                strv_take(registries, xstrndup(text, host));
                *term = text + host + 1;
                return 0;
        }
        if (registries_load(&conf, err) < 0)
                return -1;
        rc = registries_complete(conf, "x", &repositories, err);
        registries_free(conf);
        for (size_t i = 0; i < repositories.count; i++)
                strv_take(registries,
                          xstrndup(repositories.items[i], strcspn(repositories.items[i], "/")));
        /* A name that could mean several is fine here: each is searched. */
        return registries->count ? 0 : rc;
}

static int search(const struct search_args *args, const char *text, size_t limit, struct error *err)
{
        AUTO(strv) registries = { 0 };
        AUTO(filters) filters = { 0 };
        AUTO_JSON json_t *all = json_array();
        AUTO_JSON json_t *wanted = json_array();
        const char *term;
        size_t i;
        json_t *result;

        if (filters_init(&filter_table, &args->filters, NULL, &filters, err) < 0 ||
            choose_registries(text, &registries, &term, err) < 0)
                return -1;
        for (i = 0; i < registries.count; i++)
                if (search_one(args, registries.items[i], term, limit, all, err) < 0)
                        return -1;
        json_array_foreach (all, i, result)
                if (filters_match(&filters, result))
                        json_array_append(wanted, result);
        return print_results(args, wanted, err);
}

static int print_tags(const struct search_args *args, const char *name, const struct strv *tags,
                      struct error *err)
{
        AUTO(table) table = { .columns = 2 };
        AUTO_JSON json_t *json = json_array();

        if (args->format && template_asks_json(args->format)) {
                json_array_append_new(
                        json, json_pack("{s:s, s:o}", "Name", name, "Tags", json_from_strv(tags)));
                return template_print(args->format, json, stdout, err);
        }
        strv_add_array(&table.cells, (const char *const[]){ "NAME", "TAG", NULL });
        for (size_t i = 0; i < tags->count; i++) {
                json_array_append_new(json,
                                      json_pack("{s:s, s:s}", "Name", name, "Tag", tags->items[i]));
                strv_add(&table.cells, name);
                strv_add(&table.cells, tags->items[i]);
        }
        if (args->format)
                return template_print(args->format, json, stdout, err);
        table_print(&table, stdout);
        return 0;
}

static int list_tags(const struct search_args *args, const char *text, size_t limit,
                     struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) tags = { 0 };
        AUTO_FREE char *name = NULL;
        struct client *client;
        int rc;

        if (strncmp(text, "docker://", 9) == 0)
                text += 9;
        if (reference_parse(text, &ref, err) < 0)
                return -1;
        if (ref.tag || ref.digest)
                return error_set(err, ERROR_USAGE, "--list-tags takes a repository without a tag");
        if (!ref.registry)
                return error_set(err, ERROR_USAGE, "--list-tags takes a full name: REGISTRY/PATH");
        name = xasprintf("%s/%s", ref.registry, ref.path);
        if (open_client(args, ref.registry, ref.path, &client, err) < 0)
                return -1;
        rc = client_tags(client, limit, &tags, err);
        client_close(client);
        return rc < 0 ? -1 : print_tags(args, name, &tags, err);
}

static int search_run(struct context *ctx, void *data, struct error *err)
{
        struct search_args *args = data;
        size_t limit = LIMIT_DEFAULT;

        args->global = &ctx->global;
        if (args->limit.set && (args->limit.value < 1 || args->limit.value > 100000))
                return error_set(err, ERROR_USAGE, "--limit is not between 1 and 100000");
        if (args->limit.set)
                limit = (size_t)args->limit.value;
        if (!args->list_tags)
                return search(args, ctx->argv[0], limit, err);
        if (args->filters.count)
                return error_set(err, ERROR_USAGE, "--list-tags and --filter do not go together");
        return list_tags(args, ctx->argv[0], limit, err);
}

const struct command cmd_search = {
        .name = "search",
        .synopsis = "[OPTIONS] TERM",
        .summary = "Look for images in registries",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct search_args),
        .options = search_options,
        .run = search_run,
};
