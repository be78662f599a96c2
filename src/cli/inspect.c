/* kelp inspect. */
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/inspect_container.h"
#include "cli/inspect_image.h"
#include "cli/targets.h"
#include "cli/template.h"

#include <stdio.h>
#include <string.h>

struct inspect_args {
        const char *format, *type;
        bool latest;
        json_t *results; /* while it runs */
};
#define OPT_ARGS struct inspect_args

static const struct opt inspect_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_STR('t', "type", type, "TYPE", "container or image; without it either"),
        OPT_REFUSED('s', "size", "sizes are not kept; see du on the store"),
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        { 0 },
};

/* Of container inspect and image inspect: the type is in their name. */
static const struct opt inspect_container_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        OPT_REFUSED('s', "size", "sizes are not kept; see du on the store"),
        { 0 },
};

static const struct opt inspect_image_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        { 0 },
};

static int find_container(struct context *ctx, const char *name, json_t **json, struct error *err)
{
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(&ctx->store, name, &container, err) < 0)
                return -1;
        *json = inspect_container(&ctx->store, &container);
        container_release(&container);
        return 0;
}

static int find_image(struct context *ctx, const char *name, json_t **json, struct error *err)
{
        AUTO(image) image = { 0 };

        if (image_lookup(&ctx->store, name, &image, err) < 0 ||
            image_load_names(&ctx->store, &image, err) < 0)
                return -1;
        *json = inspect_image(&image);
        return 0;
}

static int inspect_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct inspect_args *args = data;
        bool any = !args->type || strcmp(args->type, "all") == 0;
        json_t *json = NULL;
        int rc = -1;

        if (any || strcmp(args->type, "container") == 0)
                rc = find_container(ctx, name, &json, err);
        if (rc < 0 && (any || strcmp(args->type, "image") == 0) &&
            (!any || err->kind == ERROR_NOT_FOUND)) {
                rc = find_image(ctx, name, &json, err);
                if (rc < 0 && any && err->kind == ERROR_NOT_FOUND)
                        error_set(err, ERROR_NOT_FOUND,
                                  "no such object: \"%s\" (neither a container nor an image)",
                                  name);
        }
        if (rc == 0)
                json_array_append_new(args->results, json);
        return rc;
}

static int inspect_run(struct context *ctx, void *data, struct error *err)
{
        struct inspect_args *args = data;
        AUTO_JSON json_t *results = json_array();
        AUTO(strv) words = { 0 };
        struct error print_err = { 0 };
        int rc, printed;

        if (args->type && strcmp(args->type, "container") != 0 &&
            strcmp(args->type, "image") != 0 && strcmp(args->type, "all") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--type %s is not supported (container and "
                                 "image are)",
                                 args->type);
        if (args->latest && ctx->argc > 0)
                return error_set(err, ERROR_USAGE, "--latest takes no names");
        if (target_first(ctx, args->latest, 0, &words, err) < 0)
                return -1;
        args->results = results;
        rc = for_each_operand(ctx, data, inspect_one, err);
        if (rc < 0 && json_array_size(results) == 0) {
                if (!args->format)
                        printf("[]\n");
                return rc;
        }
        printed = template_print(args->format ? args->format : "json", results, stdout, &print_err);
        if (printed < 0 && rc == 0)
                return error_copy(err, &print_err);
        return rc;
}

const struct command cmd_inspect = {
        .name = "inspect",
        .synopsis = "[OPTIONS] CONTAINER|IMAGE...",
        .summary = "Show everything about containers and images",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct inspect_args),
        .options = inspect_options,
        .run = inspect_run,
};

static int container_inspect_run(struct context *ctx, void *data, struct error *err)
{
        ((struct inspect_args *)data)->type = "container";
        return inspect_run(ctx, data, err);
}

static int image_inspect_run(struct context *ctx, void *data, struct error *err)
{
        ((struct inspect_args *)data)->type = "image";
        return inspect_run(ctx, data, err);
}

const struct command cmd_container_inspect = {
        .name = "container inspect",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Show everything about containers",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct inspect_args),
        .options = inspect_container_options,
        .run = container_inspect_run,
};

const struct command cmd_image_inspect = {
        .name = "image inspect",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Show everything about images",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct inspect_args),
        .options = inspect_image_options,
        .run = image_inspect_run,
};
