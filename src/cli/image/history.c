/* kelp history: the steps that made an image, newest first. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/image/image.h"
#include "engine/storage/layer.h"

#include <stdio.h>
#include <string.h>

#define CREATED_BY_WIDTH 45

struct history_args {
        const char *format;
        bool no_trunc, quiet;
        struct opt_int human;
};
#define OPT_ARGS struct history_args

static const struct opt history_options[] = {
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_SWITCH('H', "human", human, "Sizes and ages for people; =false: bytes and times"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Do not shorten"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        { 0 },
};

struct step {
        const char *id, *created, *created_by, *comment;
        uint64_t size;
        int64_t created_ns;
};

/* Layers and steps go side by side; an empty step has no layer. */
static struct step *read_steps(const struct store *store, const struct image *image, size_t *count)
{
        const json_t *history = json_object_get(image->config, "history");
        size_t layer = 0, total = json_array_size(history);
        struct step *steps = xcalloc(total + 1, sizeof(*steps));

        for (size_t i = 0; i < total; i++) {
                const json_t *json = json_array_get(history, i);
                struct step *step = &steps[total - 1 - i];

                step->id = i + 1 == total ? image->id : "<missing>";
                step->created = json_get_string(json, "created", "");
                step->created_by = json_get_string(json, "created_by", "");
                step->comment = json_get_string(json, "comment", "");
                if (human_parse_time(step->created, &step->created_ns, NULL) < 0)
                        step->created_ns = 0;
                if (json_get_bool(json, "empty_layer", false) || layer >= image->layer_count)
                        continue;
                step->size =
                        layer_tar_size(store, &image->diff_ids[layer], image->layer_sizes[layer]);
                layer++;
        }
        *count = total;
        return steps;
}

static json_t *step_json(const struct step *step, const struct image *image, bool for_template)
{
        AUTO_FREE char *age = human_duration((int64_t)time(NULL) - step->created_ns / 1000000000);
        AUTO_FREE char *since = xasprintf("%s ago", age);
        AUTO_FREE char *size = human_size(step->size);
        json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:s}", "id", step->id, "created",
                                 step->created, "CreatedBy", step->created_by, "size",
                                 (json_int_t)step->size, "comment", step->comment);

        if (step->id == image->id)
                json_object_set_new(json, "tags", json_from_strv(&image->names));
        if (!for_template)
                return json;
        json_set_string(json, "ID", step->id);
        json_set_string(json, "Created", since);
        json_set_string(json, "CreatedSince", since);
        json_set_string(json, "CreatedAt", step->created);
        json_set_string(json, "Size", size);
        json_set_string(json, "Comment", step->comment);
        json_object_set_new(json, "Tags",
                            step->id == image->id ? json_from_strv(&image->names) : json_array());
        return json;
}

static int print_format(const struct history_args *args, const struct image *image,
                        const struct step *steps, size_t count, struct error *err)
{
        AUTO_JSON json_t *json = json_array();

        for (size_t i = 0; i < count; i++)
                json_array_append_new(
                        json, step_json(&steps[i], image, !template_asks_json(args->format)));
        return template_print(args->format, json, stdout, err);
}

static char *shortened(const char *text, bool whole)
{
        size_t len = strlen(text);

        return whole || len <= CREATED_BY_WIDTH ? xstrdup(text)
                                                : xasprintf("%.*s...", CREATED_BY_WIDTH - 3, text);
}

static void add_cells(struct table *table, const struct history_args *args, const struct step *step,
                      bool human)
{
        AUTO_FREE char *age = human_duration((int64_t)time(NULL) - step->created_ns / 1000000000);

        strv_addf(&table->cells, args->no_trunc ? "%s" : "%.12s", step->id);
        if (human)
                strv_addf(&table->cells, "%s ago", age);
        else
                strv_add(&table->cells, step->created);
        strv_take(&table->cells, shortened(step->created_by, args->no_trunc));
        if (human)
                strv_take(&table->cells, human_size(step->size));
        else
                strv_addf(&table->cells, "%llu", (unsigned long long)step->size);
        strv_take(&table->cells, shortened(step->comment, args->no_trunc));
}

static int print_table(const struct history_args *args, const struct step *steps, size_t count,
                       bool human)
{
        AUTO(table) table = { .columns = 5 };

        strv_add_array(&table.cells, (const char *const[]){ "ID", "CREATED", "CREATED BY", "SIZE",
                                                            "COMMENT", NULL });
        for (size_t i = 0; i < count; i++)
                add_cells(&table, args, &steps[i], human);
        table_print(&table, stdout);
        return 0;
}

static int history_run(struct context *ctx, void *data, struct error *err)
{
        const struct history_args *args = data;
        AUTO(image) image = { 0 };
        AUTO_FREE struct step *steps = NULL;
        size_t count;

        if (image_lookup(&ctx->store, ctx->argv[0], &image, err) < 0 ||
            image_load_names(&ctx->store, &image, err) < 0)
                return -1;
        steps = read_steps(&ctx->store, &image, &count);
        if (args->format)
                return print_format(args, &image, steps, count, err);
        if (!args->quiet)
                return print_table(args, steps, count, !args->human.set || args->human.value);
        for (size_t i = 0; i < count; i++)
                printf(args->no_trunc ? "%s\n" : "%.12s\n", steps[i].id);
        return 0;
}

const struct command cmd_history = {
        .name = "history",
        .synopsis = "[OPTIONS] IMAGE",
        .summary = "Show the steps that made an image",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct history_args),
        .options = history_options,
        .run = history_run,
};
