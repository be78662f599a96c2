/* kelp volume ls, volume inspect. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "cli/volume/volume_filter.h"

#include <stdio.h>
#include <string.h>

struct ls_args {
        bool quiet, no_heading;
        const char *format;
        struct strv filters;
};
#define OPT_ARGS struct ls_args

static const struct opt ls_options[] = {
        OPT_LIST('f', "filter", filters, "KEY=VALUE",
                 "name=, label=, label!=, opt=, driver=, scope=, dangling=, anonymous=, until=, "
                 "since="),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('n', "noheading", no_heading, "No headings over the table"),
        OPT_BOOL('q', "quiet", quiet, "Names only"),
        { 0 },
};

static int mount_count(const struct volume *volume, const struct container_list *containers)
{
        int count = 0;

        for (size_t i = 0; i < containers->count; i++)
                count += containers->items[i].state.status == CONTAINER_RUNNING &&
                         container_has_volume(&containers->items[i].spec, volume->name);
        return count;
}

json_t *volume_json(const struct store *store, const struct volume *volume,
                    const struct container_list *containers)
{
        AUTO_FREE char *path = volume_path(store, volume->name);
        AUTO_FREE char *created = human_rfc3339(volume->created_ns);
        json_t *json = json_object();

        json_set_string(json, "Name", volume->name);
        json_set_string(json, "Driver", "local");
        json_set_string(json, "Mountpoint", path);
        json_set_string(json, "CreatedAt", created);
        json_object_set_new(json, "Status", json_object());
        json_object_set_new(json, "Labels", json_from_pairs(&volume->labels));
        json_set_string(json, "Scope", "local");
        json_object_set_new(json, "Options", json_from_pairs(&volume->options));
        json_object_set_new(json, "UID", json_integer(volume->uid));
        json_object_set_new(json, "GID", json_integer(volume->gid));
        json_object_set_new(json, "Anonymous", json_boolean(volume->anonymous));
        json_object_set_new(json, "MountCount", json_integer(mount_count(volume, containers)));
        json_object_set_new(json, "NeedsCopyUp", json_boolean(volume->needs_copy_up));
        json_object_set_new(json, "NeedsChown", json_boolean(volume->needs_chown));
        json_object_set_new(json, "Timeout", json_integer(0));
        json_set_string(json, "StorageID", "");
        json_object_set_new(json, "LockNumber", json_integer(0));
        return json;
}

static const struct template_heading headings[] = { { "Name", "VOLUME NAME" }, { 0 } };

static void print_table(const json_t *volumes, const struct ls_args *args)
{
        AUTO(table) table = { .columns = 2 };
        size_t i;
        json_t *volume;

        if (!args->no_heading)
                strv_add_array(&table.cells,
                               (const char *const[]){ "DRIVER", "VOLUME NAME", NULL });
        json_array_foreach (volumes, i, volume) {
                strv_add(&table.cells, json_get_string(volume, "Driver", ""));
                strv_add(&table.cells, json_get_string(volume, "Name", ""));
        }
        /* podman prints no headings over nothing. */
        if (json_array_size(volumes))
                table_print(&table, stdout);
}

static int print_list(const json_t *volumes, const struct ls_args *args, struct error *err)
{
        size_t i;
        json_t *volume;

        if (args->format)
                return template_print_headed(args->format, volumes,
                                             args->no_heading ? template_no_headings : headings,
                                             stdout, err);
        if (!args->quiet) {
                print_table(volumes, args);
                return 0;
        }
        json_array_foreach (volumes, i, volume) {
                printf("%s\n", json_get_string(volume, "Name", ""));
        }
        return 0;
}

static int ls_run(struct context *ctx, void *data, struct error *err)
{
        const struct ls_args *args = data;
        AUTO(volume_list) list = { 0 };
        AUTO(container_list) containers = { 0 };
        AUTO(filters) filters = { 0 };
        AUTO_JSON json_t *json = json_array();

        if (args->quiet && args->format)
                return error_set(err, ERROR_USAGE,
                                 "quiet and format flags cannot be used together");
        if (volume_list_load(&ctx->store, &list, err) < 0 ||
            container_list_load(&ctx->store, &containers, err) < 0 ||
            volume_filters_init(&args->filters, &list, &filters, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (volume_filters_match(&filters, &list.items[i], &containers))
                        json_array_append_new(
                                json, volume_json(&ctx->store, &list.items[i], &containers));
        return print_list(json, args, err);
}

const struct command cmd_volume_ls = {
        .name = "volume ls",
        .synopsis = "[OPTIONS]",
        .summary = "List volumes",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct ls_args),
        .options = ls_options,
        .run = ls_run,
};

struct inspect_args {
        bool all;
        const char *format;
        struct container_list containers; /* while it runs */
        json_t *results;
};
#undef OPT_ARGS
#define OPT_ARGS struct inspect_args

static const struct opt inspect_options[] = {
        OPT_BOOL('a', "all", all, "Every volume"),
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        { 0 },
};

static int inspect_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct inspect_args *args = data;
        AUTO(volume) volume = { 0 };

        if (volume_lookup(&ctx->store, name, &volume, err) < 0)
                return -1;
        json_array_append_new(args->results, volume_json(&ctx->store, &volume, &args->containers));
        return 0;
}

static int inspect_all(struct context *ctx, struct inspect_args *args, struct error *err)
{
        AUTO(volume_list) list = { 0 };

        if (ctx->argc > 0)
                return error_set(err, ERROR_USAGE, "--all takes no names");
        if (volume_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                json_array_append_new(args->results,
                                      volume_json(&ctx->store, &list.items[i], &args->containers));
        return 0;
}

static int inspect_run(struct context *ctx, void *data, struct error *err)
{
        struct inspect_args *args = data;
        AUTO_JSON json_t *results = json_array();
        struct error print_err = { 0 };
        int rc = -1;

        args->results = results;
        if (!args->all && ctx->argc == 0)
                return error_set(err, ERROR_USAGE, "kelp volume inspect needs a volume, or --all");
        if (container_list_load(&ctx->store, &args->containers, err) == 0)
                rc = args->all ? inspect_all(ctx, args, err)
                               : for_each_operand(ctx, data, inspect_one, err);
        container_list_release(&args->containers);
        if (rc < 0 && args->format && json_array_size(results) == 0)
                return rc;
        if (template_print(args->format ? args->format : "json", results, stdout, &print_err) < 0 &&
            rc == 0)
                return error_copy(err, &print_err);
        return rc;
}

const struct command cmd_volume_inspect = {
        .name = "volume inspect",
        .synopsis = "[OPTIONS] VOLUME...",
        .summary = "Show everything about volumes",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct inspect_args),
        .options = inspect_options,
        .run = inspect_run,
};
