/* kelp images: one row for each name of an image. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/image/image_filter.h"
#include "cli/image/image_json.h"
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/image/reference.h"

#include <stdio.h>
#include <string.h>

struct images_args {
        bool all, quiet, digests, no_trunc, no_heading, history;
        const char *format, *sort;
        struct strv filters;
};
#define OPT_ARGS struct images_args

static const struct opt images_options[] = {
        OPT_BOOL('a', "all", all, "Show also images that others were built of"),
        OPT_BOOL(0, "digests", digests, "Show the digests of the manifests"),
        OPT_LIST('f', "filter", filters, "KEY=VALUE",
                 "after, before, containers, dangling, digest, id, intermediate, label, label!, "
                 "manifest, readonly, reference, since, until"),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL(0, "history", history, "Show the names that the image has"),
        OPT_BOOL('n', "noheading", no_heading, "Leave the heading out"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        OPT_STR(0, "sort", sort, "KEY", "created, id, repository, size or tag"),
        { 0 },
};

struct row {
        struct image *image;
        const char *name; /* NULL: none */
        char *repository, *tag;
};

struct rows {
        struct row *items;
        size_t count;
};

static void rows_release(struct rows *rows)
{
        for (size_t i = 0; i < rows->count; i++) {
                free(rows->items[i].repository);
                free(rows->items[i].tag);
        }
        free(rows->items);
}

/* The operand: a name, with or without tag, or a pattern. */
static bool asked_for(const struct context *ctx, const char *name)
{
        AUTO(reference) ref = { 0 };
        AUTO(reference) stored = { 0 };
        AUTO(strv) candidates = { 0 };

        if (ctx->argc == 0)
                return true;
        if (!name || reference_parse(name, &stored, NULL) < 0 ||
            reference_parse(ctx->argv[0], &ref, NULL) < 0)
                return false;
        if (ref.digest || !ref.tag)
                return reference_same_repository(&ref, &stored);
        reference_candidates(&ref, &candidates);
        return strv_contains(&candidates, name) || reference_matches(&ref, name);
}

static bool asked_for_id(const struct context *ctx, const struct image *image)
{
        return ctx->argc > 0 && strlen(ctx->argv[0]) >= 3 &&
               strncmp(image->id, ctx->argv[0], strlen(ctx->argv[0])) == 0;
}

static void add_row(struct rows *rows, struct image *image, const char *name)
{
        struct row *row;

        rows->items = xreallocarray(rows->items, rows->count + 1, sizeof(*rows->items));
        row = &rows->items[rows->count++];
        *row = (struct row){ .image = image, .name = name };
        image_split_name(name, &row->repository, &row->tag);
}

static bool has_tag(const char *name)
{
        return !strchr(name, '@');
}

/* Names by digest are one row, and only of an image that has no tag. */
static bool is_row(const struct image *image, size_t n)
{
        for (size_t i = 0; i < image->names.count; i++)
                if (has_tag(image->names.items[i]))
                        return has_tag(image->names.items[n]);
        return n == 0;
}

static void collect_rows(const struct context *ctx, bool all, struct image_list *list,
                         const struct image_filters *filters, struct rows *rows)
{
        for (size_t i = 0; i < list->count; i++) {
                struct image *image = &list->items[i];
                bool by_id = asked_for_id(ctx, image);

                if (image->names.count == 0 && (by_id || asked_for(ctx, NULL)) &&
                    (all || by_id || !image->intermediate) &&
                    image_filters_match(filters, image, NULL))
                        add_row(rows, image, NULL);
                for (size_t n = 0; n < image->names.count; n++) {
                        const char *name = image->names.items[n];

                        if (is_row(image, n) && (by_id || asked_for(ctx, name)) &&
                            image_filters_match(filters, image, name))
                                add_row(rows, image, name);
                }
        }
}

static int by_id(const void *a, const void *b)
{
        return strcmp(((const struct row *)a)->image->id, ((const struct row *)b)->image->id);
}

static int by_repository(const void *a, const void *b)
{
        const struct row *x = a, *y = b;
        int order = strcmp(x->repository, y->repository);

        return order ? order : strcmp(x->tag, y->tag);
}

static int by_size(const void *a, const void *b)
{
        const struct row *x = a, *y = b;

        return (x->image->size > y->image->size) - (x->image->size < y->image->size);
}

static int by_tag(const void *a, const void *b)
{
        return strcmp(((const struct row *)a)->tag, ((const struct row *)b)->tag);
}

/* The list is by age already. */
static int sort_rows(struct rows *rows, const char *key, struct error *err)
{
        static const struct {
                const char *key;
                int (*order)(const void *a, const void *b);
        } orders[] = { { "created", NULL },
                       { "id", by_id },
                       { "repository", by_repository },
                       { "size", by_size },
                       { "tag", by_tag } };

        for (size_t i = 0; key && i < ARRAY_SIZE(orders); i++)
                if (strcmp(orders[i].key, key) == 0) {
                        if (orders[i].order && rows->count)
                                qsort(rows->items, rows->count, sizeof(*rows->items),
                                      orders[i].order);
                        return 0;
                }
        return key ? error_set(err, ERROR_USAGE,
                               "--sort %s is not one of created, id, repository, size, tag", key)
                   : 0;
}

static void add_heading(struct table *table, const struct images_args *args)
{
        strv_add_array(&table->cells, (const char *const[]){ "REPOSITORY", "TAG", NULL });
        if (args->digests)
                strv_add(&table->cells, "DIGEST");
        strv_add_array(&table->cells, (const char *const[]){ "IMAGE ID", "CREATED", "SIZE", NULL });
        if (args->history)
                strv_add(&table->cells, "HISTORY");
}

static void add_cells(struct table *table, const struct store *store,
                      const struct images_args *args, const struct row *row)
{
        AUTO_FREE char *age = human_duration((int64_t)(time(NULL) - row->image->created));

        strv_add(&table->cells, row->repository);
        strv_add(&table->cells, row->tag);
        if (args->digests)
                strv_add(&table->cells, row->image->manifest.text);
        strv_addf(&table->cells, args->no_trunc ? "sha256:%s" : "%.12s", row->image->id);
        strv_addf(&table->cells, "%s ago", age);
        strv_take(&table->cells, human_size(row->image->size));
        if (args->history)
                strv_take(&table->cells, image_history(store, row->image));
}

static void print_table(const struct store *store, const struct images_args *args,
                        const struct rows *rows)
{
        AUTO(table) table = { .columns = 5 + args->digests + args->history };

        if (!args->no_heading)
                add_heading(&table, args);
        for (size_t i = 0; i < rows->count; i++)
                add_cells(&table, store, args, &rows->items[i]);
        table_print(&table, stdout);
}

static void print_ids(const struct images_args *args, const struct rows *rows)
{
        AUTO(strv) seen = { 0 };

        for (size_t i = 0; i < rows->count; i++) {
                if (strv_contains(&seen, rows->items[i].image->id))
                        continue;
                strv_add(&seen, rows->items[i].image->id);
                printf(args->no_trunc ? "sha256:%s\n" : "%.12s\n", rows->items[i].image->id);
        }
}

static const struct template_heading headings[] = {
        { "ID", "IMAGE ID" },          { "Id", "IMAGE ID" },  { "CreatedSince", "CREATED" },
        { "CreatedAt", "CREATED AT" }, { "ReadOnly", "R/O" }, { 0 },
};

static int print_format(const struct context *ctx, const struct images_args *args,
                        const struct rows *rows, struct error *err)
{
        AUTO_JSON json_t *json = json_array();
        AUTO(holders) holders = { 0 };
        bool plain = template_asks_json(args->format);

        holders_load(&ctx->store, &holders);
        for (size_t i = 0; i < rows->count; i++)
                json_array_append_new(json, image_json_row(&ctx->store, rows->items[i].image,
                                                           rows->items[i].name, &holders, !plain,
                                                           args->no_trunc));
        return template_print_headed(args->format, json,
                                     args->no_heading ? template_no_headings : headings, stdout,
                                     err);
}

static int images_run(struct context *ctx, void *data, struct error *err)
{
        const struct images_args *args = data;
        AUTO(image_filters) filters = { 0 };
        AUTO(image_list) list = { 0 };
        AUTO(rows) rows = { 0 };

        if (image_filters_init(&args->filters, &ctx->store, &filters, err) < 0 ||
            image_list_load(&ctx->store, &list, err) < 0)
                return -1;
        collect_rows(ctx, args->all || filters_have(&filters.filters, "intermediate"), &list,
                     &filters, &rows);
        if (sort_rows(&rows, args->sort, err) < 0)
                return -1;
        if (args->quiet)
                print_ids(args, &rows);
        else if (args->format)
                return print_format(ctx, args, &rows, err);
        else
                print_table(&ctx->store, args, &rows);
        return 0;
}

const struct command cmd_images = {
        .name = "images",
        .synopsis = "[OPTIONS] [IMAGE]",
        .summary = "List images",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct images_args),
        .options = images_options,
        .run = images_run,
};
