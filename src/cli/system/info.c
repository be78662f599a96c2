/* kelp info: what this kelp runs on, and what it has chosen. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/options/conf_options.h"
#include "cli/options/storage_options.h"
#include "cli/output/template.h"
#include "cli/output/yaml.h"
#include "cli/system/info_host.h"
#include "cli/system/info_plugins.h"
#include "cli/system/probe.h"
#include "engine/container/container.h"
#include "engine/image/image.h"
#include "engine/image/manifest.h"
#include "engine/storage/volume_place.h"

#include <stdio.h>
#include <sys/statvfs.h>

struct info_args {
        const char *format;
};
#define OPT_ARGS struct info_args

static const struct opt info_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        { 0 },
};

static int containers_json(const struct store *store, json_t **json_out, struct error *err)
{
        struct container_list list;
        int running = 0, paused = 0;

        if (container_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                if (list.items[i].state.status == CONTAINER_RUNNING)
                        (*(list.items[i].state.paused ? &paused : &running))++;
        *json_out = json_pack("{s:i, s:i, s:i, s:i}", "number", (int)list.count, "paused", paused,
                              "running", running, "stopped", (int)list.count - running - paused);
        container_list_release(&list);
        return 0;
}

static int images_json(const struct store *store, json_t **json_out, struct error *err)
{
        struct image_list list;

        if (image_list_load(store, &list, err) < 0)
                return -1;
        *json_out = json_pack("{s:i}", "number", (int)list.count);
        image_list_release(&list);
        return 0;
}

/* Tried, like a start would: --storage-driver when given, native overlay, else fuse-overlayfs, else
 * a copy. */
static void add_driver(json_t *json, const struct context *ctx)
{
        struct error why = { 0 }, fuse = { 0 };
        bool native = probe_overlay(&ctx->store, &why) == 0;
        bool served = !native && probe_fuse_overlayfs(&ctx->store, &fuse) == 0;
        const char *chosen = ctx->global.storage_driver;
        json_t *status = json_object();

        if (!chosen)
                chosen = native ? "overlay" : served ? "fuse-overlayfs" : "copy";
        json_set_string(status, "Backing Filesystem", probe_file_system(&ctx->store));
        json_set_string(status, "Native Overlay", native ? "true" : why.text);
        if (!native)
                json_set_string(status, "fuse-overlayfs", served ? "true" : fuse.text);
        json_set_string(json, "graphDriverName", chosen);
        json_object_set_new(json, "graphOptions", storage_options_json(&ctx->global));
        json_object_set_new(json, "graphStatus", status);
}

static void add_space(json_t *json, const struct store *store)
{
        struct statvfs fs = { 0 };

        (void)statvfs(store->root, &fs);
        json_object_set_new(json, "graphRootAllocated",
                            json_integer((json_int_t)(fs.f_blocks * fs.f_frsize)));
        json_object_set_new(json, "graphRootUsed",
                            json_integer((json_int_t)((fs.f_blocks - fs.f_bfree) * fs.f_frsize)));
}

static int store_json(const struct context *ctx, json_t **json_out, struct error *err)
{
        AUTO_JSON json_t *json = json_object();
        AUTO_FREE char *volumes = NULL;
        AUTO_FREE char *file = store_config_file();
        json_t *containers = NULL, *images = NULL;

        if (containers_json(&ctx->store, &containers, err) < 0)
                return -1;
        json_set_string(json, "configFile", file);
        json_object_set_new(json, "containerStore", containers);
        if (images_json(&ctx->store, &images, err) < 0)
                return -1;
        json_object_set_new(json, "imageStore", images);
        add_driver(json, ctx);
        json_set_string(json, "graphRoot", ctx->store.root);
        add_space(json, &ctx->store);
        json_set_string(json, "runRoot", ctx->store.runroot);
        volumes = volume_place(&ctx->store);
        json_set_string(json, "volumePath", volumes);
        *json_out = take_ptr(json);
        return 0;
}

static json_t *version_json(void)
{
        json_t *json = json_object();
        struct platform host;
        char os_arch[64];

        platform_host(&host);
        snprintf(os_arch, sizeof(os_arch), "linux/%s", host.arch);
        json_set_string(json, "Version", KELP_VERSION);
        json_set_string(json, "Os", "linux");
        json_set_string(json, "OsArch", os_arch);
        return json;
}

static int info_run(struct context *ctx, void *data, struct error *err)
{
        const struct info_args *args = data;
        AUTO_JSON json_t *json = json_object();
        json_t *host = NULL, *plugins = NULL, *registries = NULL, *store = NULL;

        if (info_host(&ctx->global, &host, err) < 0)
                return -1;
        json_object_set_new(json, "host", host);
        if (info_plugins(&plugins, err) < 0)
                return -1;
        json_object_set_new(json, "plugins", plugins);
        if (info_registries(&registries, err) < 0)
                return -1;
        json_object_set_new(json, "registries", registries);
        if (store_json(ctx, &store, err) < 0)
                return -1;
        json_object_set_new(json, "store", store);
        json_object_set_new(json, "version", version_json());
        if (args->format)
                return template_print(args->format, json, stdout, err);
        yaml_print(json, 0, stdout);
        return 0;
}

const struct command cmd_info = {
        .name = "info",
        .synopsis = "[OPTIONS]",
        .summary = "Show what kelp runs on and what it has chosen",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct info_args),
        .options = info_options,
        .conf = conf_keys,
        .run = info_run,
};
