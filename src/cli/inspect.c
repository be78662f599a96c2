/* kelp inspect. */
#include "base/cleanup.h"
#include "cli/container/container_size.h"
#include "cli/container/inspect_container.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/image/inspect_image.h"
#include "cli/output/template.h"
#include "cli/pod/pod_inspect.h"
#include "cli/volume/volume_filter.h"

#include <stdio.h>
#include <string.h>

struct inspect_args {
        const char *format, *type;
        bool latest, size;
        /* while it runs */
        struct container_sizes sizes;
        json_t *results;
};
#define OPT_ARGS struct inspect_args

static const struct opt inspect_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_STR('t', "type", type, "TYPE", "container, image, volume or pod; without it any"),
        OPT_BOOL('s', "size", size, "Add how large the container is: SizeRw, SizeRootFs"),
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        { 0 },
};

/* Of container inspect and image inspect: the type is in their name. */
static const struct opt inspect_container_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        OPT_BOOL('s', "size", size, "Add how large the container is: SizeRw, SizeRootFs"),
        { 0 },
};

static const struct opt inspect_image_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        { 0 },
};

static void add_sizes(const struct store *store, const struct container *container,
                      struct container_sizes *sizes, json_t *json)
{
        uint64_t written = container_size_written(store, container);
        uint64_t whole = container_size_whole(sizes, store, container, written);

        json_object_set_new(json, "SizeRw", json_integer((json_int_t)written));
        json_object_set_new(json, "SizeRootFs", json_integer((json_int_t)whole));
}

static int find_container(struct context *ctx, struct inspect_args *args, const char *name,
                          json_t **json, struct error *err)
{
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(&ctx->store, name, &container, err) < 0)
                return -1;
        *json = inspect_container(&ctx->store, &container);
        if (args->size)
                add_sizes(&ctx->store, &container, &args->sizes, *json);
        container_release(&container);
        return 0;
}

static int find_image(struct context *ctx, struct inspect_args *args, const char *name,
                      json_t **json, struct error *err)
{
        AUTO(image) image = { 0 };

        (void)args;
        if (image_lookup(&ctx->store, name, &image, err) < 0 ||
            image_load_names(&ctx->store, &image, err) < 0)
                return -1;
        *json = inspect_image(&image);
        return 0;
}

static int find_volume(struct context *ctx, struct inspect_args *args, const char *name,
                       json_t **json, struct error *err)
{
        AUTO(volume) volume = { 0 };
        AUTO(container_list) containers = { 0 };

        (void)args;
        if (volume_lookup(&ctx->store, name, &volume, err) < 0 ||
            container_list_load(&ctx->store, &containers, err) < 0)
                return -1;
        *json = volume_json(&ctx->store, &volume, &containers);
        return 0;
}

static int find_pod(struct context *ctx, struct inspect_args *args, const char *name, json_t **json,
                    struct error *err)
{
        (void)args;
        return pod_inspect_named(&ctx->store, name, json, err);
}

/* In the order in which a name is looked for. */
static const struct {
        const char *type;
        int (*find)(struct context *ctx, struct inspect_args *args, const char *name, json_t **json,
                    struct error *err);
} objects[] = {
        { "container", find_container },
        { "image", find_image },
        { "volume", find_volume },
        { "pod", find_pod },
};

static int find_any(struct context *ctx, struct inspect_args *args, const char *name, json_t **json,
                    struct error *err)
{
        for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
                if (objects[i].find(ctx, args, name, json, err) == 0)
                        return 0;
                if (err->kind != ERROR_NOT_FOUND)
                        return -1;
                *err = (struct error){ 0 };
        }
        return error_set(err, ERROR_NOT_FOUND,
                         "no such object: \"%s\" (neither a container nor an image, a volume "
                         "or a pod)",
                         name);
}

static int inspect_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct inspect_args *args = data;
        json_t *json = NULL;
        int rc = -1;

        if (!args->type || strcmp(args->type, "all") == 0)
                rc = find_any(ctx, args, name, &json, err);
        for (size_t i = 0; args->type && i < ARRAY_SIZE(objects); i++)
                if (strcmp(args->type, objects[i].type) == 0)
                        rc = objects[i].find(ctx, args, name, &json, err);
        if (rc == 0)
                json_array_append_new(args->results, json);
        return rc;
}

static int check(const struct context *ctx, const struct inspect_args *args, struct error *err)
{
        const char *type = args->type ? args->type : "all";
        bool known = strcmp(type, "all") == 0;

        for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
                known = known || strcmp(type, objects[i].type) == 0;
        if (!known)
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "--type %s is not supported (container, image, volume and pod are)", type);
        if ((args->size || args->latest) &&
            (strcmp(type, "image") == 0 || strcmp(type, "volume") == 0 || strcmp(type, "pod") == 0))
                return error_set(err, ERROR_USAGE, "%s is not supported for type \"%s\"",
                                 args->size ? "size" : "latest", type);
        if (args->latest && ctx->argc > 0)
                return error_set(err, ERROR_USAGE,
                                 "--latest and containers cannot be used together");
        return 0;
}

static int inspect_run(struct context *ctx, void *data, struct error *err)
{
        struct inspect_args *args = data;
        AUTO_JSON json_t *results = json_array();
        AUTO(strv) words = { 0 };
        struct error print_err = { 0 };
        int rc, printed;

        if (check(ctx, args, err) < 0 || (args->size && context_enter_userns(ctx, err) < 0) ||
            target_first(ctx, args->latest, 0, &words, err) < 0)
                return -1;
        args->results = results;
        rc = for_each_operand(ctx, data, inspect_one, err);
        container_sizes_release(&args->sizes);
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
        .synopsis = "[OPTIONS] CONTAINER|IMAGE|VOLUME|POD...",
        .summary = "Show everything about containers, images, volumes and pods",
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
