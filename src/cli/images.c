/* kelp pull, images, rmi. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/human.h"
#include "cli/table.h"
#include "cli/template.h"
#include "engine/image/pull.h"
#include "engine/image/reference.h"
#include "engine/image/remove.h"

#include <stdio.h>
#include <string.h>

struct image_args {
        bool quiet, digests, no_trunc, no_heading, force, all;
        const char *platform, *policy, *creds, *authfile, *tls_verify, *format;
};
#define OPT_ARGS struct image_args

static const struct opt pull_cli_options[] = {
        OPT_STR(0, "authfile", authfile, "FILE", "Where the credentials are"),
        OPT_STR(0, "creds", creds, "USER:PASSWORD", "Credentials for the registry"),
        OPT_STR(0, "platform", platform, "OS/ARCH", "Variant of the image"),
        OPT_STR(0, "policy", policy, "POLICY", "always, missing, never or newer"),
        OPT_BOOL('q', "quiet", quiet, "No progress"),
        OPT_STR(0, "tls-verify", tls_verify, "BOOL",
                "false: accept any certificate, or plain HTTP"),
        OPT_REFUSED('a', "all-tags", "name each tag"),
        { 0 },
};

static const struct opt images_options[] = {
        OPT_BOOL(0, "digests", digests, "Show the digests of the manifests"),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('n', "noheading", no_heading, "Leave the heading out"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        OPT_BOOL('a', "all", all, "Show every image (they always are)"),
        OPT_REFUSED('f', "filter", "name the image instead"),
        OPT_REFUSED(0, "sort", "the newest comes first"),
        { 0 },
};

static const struct opt rmi_options[] = {
        OPT_BOOL('a', "all", all, "Remove every image"),
        OPT_BOOL('f', "force", force,
                 "Remove all names of an image; no error when it does not exist"),
        { 0 },
};

static int parse_tls(const char *text, int *out, struct error *err)
{
        *out = -1;
        if (!text)
                return 0;
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
                return error_set(err, ERROR_USAGE, "--tls-verify is true or false");
        *out = strcmp(text, "true") == 0;
        return 0;
}

static int pull_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct image_args *args = data;
        struct pull_options options = { .platform = args->platform,
                                        .authfile = args->authfile,
                                        .creds = args->creds,
                                        .quiet = args->quiet };
        AUTO(image) image = { 0 };

        if (pull_policy_parse(args->policy ? args->policy : "always", &options.policy, err) < 0 ||
            parse_tls(args->tls_verify, &options.tls_verify, err) < 0 ||
            image_pull(&ctx->store, name, &options, &image, err) < 0)
                return -1;
        printf("%s\n", image.id);
        return 0;
}

static int pull_run(struct context *ctx, void *data, struct error *err)
{
        int rc = for_each_operand(ctx, data, pull_one, err);

        return rc < 0 && err->kind == ERROR_CANCELLED ? (dispatch_print_error(err), 130) : rc;
}

/* "docker.io/library/busybox:latest" to its two columns. */
static void split_name(const char *name, char **repository, char **tag)
{
        const char *at = strchr(name, '@');
        const char *colon = strrchr(name, ':');

        if (at || !colon) {
                *repository = xstrndup(name, at ? (size_t)(at - name) : strlen(name));
                *tag = xstrdup("<none>");
                return;
        }
        *repository = xstrndup(name, (size_t)(colon - name));
        *tag = xstrdup(colon + 1);
}

static void add_row(struct table *table, const struct image_args *args, const struct image *image,
                    const char *name)
{
        AUTO_FREE char *repository = NULL;
        AUTO_FREE char *tag = NULL;
        AUTO_FREE char *age = human_duration((int64_t)(time(NULL) - image->created));

        split_name(name ? name : "<none>", &repository, &tag);
        strv_add(&table->cells, repository);
        strv_add(&table->cells, tag);
        if (args->digests)
                strv_add(&table->cells, image->manifest.text);
        strv_addf(&table->cells, args->no_trunc ? "sha256:%s" : "%.12s", image->id);
        strv_addf(&table->cells, "%s ago", age);
        strv_take(&table->cells, human_size(image->size));
}

static json_t *image_row_json(const struct image *image, const char *name)
{
        AUTO_FREE char *repository = NULL;
        AUTO_FREE char *tag = NULL;
        AUTO_FREE char *created = human_rfc3339((int64_t)image->created * 1000000000);
        AUTO_FREE char *size = human_size(image->size);
        AUTO_FREE char *age = human_duration((int64_t)(time(NULL) - image->created));
        AUTO_FREE char *since = xasprintf("%s ago", age);
        json_t *json = json_pack("{s:s, s:s, s:I, s:I, s:o, s:s, s:s, s:s, s:s}", "Id", image->id,
                                 "ID", image->id, "Created", (json_int_t)image->created,
                                 "VirtualSize", (json_int_t)image->size, "Names",
                                 json_from_strv(&image->names), "Digest", image->manifest.text,
                                 "CreatedAt", created, "CreatedSince", since, "Size", size);

        split_name(name ? name : "<none>", &repository, &tag);
        json_set_string(json, "Repository", repository);
        json_set_string(json, "Tag", tag);
        return json;
}

static bool wanted(const struct context *ctx, const char *name)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) candidates = { 0 };

        if (ctx->argc == 0)
                return true;
        if (!name || reference_parse(ctx->argv[0], &ref, NULL) < 0)
                return false;
        reference_candidates(&ref, &candidates);
        return strv_contains(&candidates, name) || reference_matches(&ref, name) ||
               (!ref.tag && !ref.digest && strstr(name, ref.path));
}

/* One call for each row that shows: an image with two names is two rows. */
static void each_row(const struct context *ctx, const struct image_list *list,
                     void (*row)(void *data, const struct image *image, const char *name),
                     void *data)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct image *image = &list->items[i];

                if (image->names.count == 0 && wanted(ctx, NULL))
                        row(data, image, NULL);
                for (size_t n = 0; n < image->names.count; n++)
                        if (wanted(ctx, image->names.items[n]))
                                row(data, image, image->names.items[n]);
        }
}

struct rows {
        const struct image_args *args;
        struct table table;
        json_t *json;
};

static void table_row(void *data, const struct image *image, const char *name)
{
        struct rows *rows = data;

        add_row(&rows->table, rows->args, image, name);
}

static void json_row(void *data, const struct image *image, const char *name)
{
        struct rows *rows = data;

        json_array_append_new(rows->json, image_row_json(image, name));
}

static void id_row(void *data, const struct image *image, const char *name)
{
        const struct rows *rows = data;

        (void)name;
        printf(rows->args->no_trunc ? "sha256:%s\n" : "%.12s\n", image->id);
}

static int print_images(const struct context *ctx, const struct image_args *args,
                        const struct image_list *list, struct error *err)
{
        struct rows rows = { .args = args, .table = { .columns = args->digests ? 6 : 5 } };
        int rc = 0;

        if (args->quiet) {
                each_row(ctx, list, id_row, &rows);
        } else if (args->format) {
                rows.json = json_array();
                each_row(ctx, list, json_row, &rows);
                rc = template_print(args->format, rows.json, stdout, err);
                json_decref(rows.json);
        } else {
                if (!args->no_heading) {
                        strv_add_array(&rows.table.cells,
                                       (const char *const[]){ "REPOSITORY", "TAG", NULL });
                        if (args->digests)
                                strv_add(&rows.table.cells, "DIGEST");
                        strv_add_array(
                                &rows.table.cells,
                                (const char *const[]){ "IMAGE ID", "CREATED", "SIZE", NULL });
                }
                each_row(ctx, list, table_row, &rows);
                table_print(&rows.table, stdout);
                table_release(&rows.table);
        }
        return rc;
}

static int images_run(struct context *ctx, void *data, struct error *err)
{
        struct image_list list;
        int rc;

        if (image_list_load(&ctx->store, &list, err) < 0)
                return -1;
        rc = print_images(ctx, data, &list, err);
        image_list_release(&list);
        return rc;
}

static int rmi_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct image_args *args = data;
        AUTO(image_removed) removed = { 0 };
        AUTO(image) image = { 0 };

        if (image_lookup(&ctx->store, name, &image, err) < 0)
                return args->force && err->kind == ERROR_NOT_FOUND ? 0 : -1;
        if (image_remove(&ctx->store, name, &image, args->force, &removed, err) < 0)
                return -1;
        for (size_t i = 0; i < removed.untagged.count; i++)
                printf("Untagged: %s\n", removed.untagged.items[i]);
        if (removed.deleted)
                printf("Deleted: %s\n", image.id);
        return 0;
}

static int rmi_all(struct context *ctx, struct image_args *args, struct error *err)
{
        struct image_list list;
        AUTO(strv) ids = { 0 };

        if (ctx->argc > 0)
                return error_set(err, ERROR_USAGE, "--all takes no names");
        if (image_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                strv_add(&ids, list.items[i].id);
        image_list_release(&list);
        args->force = true;
        ctx->argc = (int)ids.count;
        ctx->argv = ids.items;
        return for_each_operand(ctx, args, rmi_one, err);
}

/* podman-rmi(1): 1 when an image does not exist, 2 when it is in use. */
static int rmi_run(struct context *ctx, void *data, struct error *err)
{
        struct image_args *args = data;
        int rc = args->all ? rmi_all(ctx, args, err) : for_each_operand(ctx, data, rmi_one, err);

        if (rc < 0 && (err->kind == ERROR_NOT_FOUND || err->kind == ERROR_IN_USE)) {
                dispatch_print_error(err);
                return err->kind == ERROR_IN_USE ? 2 : 1;
        }
        if (rc == 0 && !args->all && ctx->argc == 0)
                return error_set(err, ERROR_USAGE,
                                 "kelp rmi needs an image's name or ID, or --all");
        return rc;
}

const struct command cmd_pull = {
        .name = "pull",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Fetch images from a registry",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_IMAGE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct image_args),
        .options = pull_cli_options,
        .run = pull_run,
};

const struct command cmd_images = {
        .name = "images",
        .synopsis = "[OPTIONS] [NAME]",
        .summary = "List images",
        .needs = NEEDS_STORE,
        .complete = COMPLETE_IMAGE,
        .max_operands = 1,
        .args_size = sizeof(struct image_args),
        .options = images_options,
        .run = images_run,
};

const struct command cmd_rmi = {
        .name = "rmi",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Remove images",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .complete = COMPLETE_IMAGE,
        .max_operands = -1,
        .args_size = sizeof(struct image_args),
        .options = rmi_options,
        .run = rmi_run,
};
