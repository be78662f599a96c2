/* kelp info: what this kelp runs on, and what it has chosen. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/template.h"
#include "engine/container/container.h"
#include "engine/image/image.h"
#include "rootless/userns.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

struct info_args {
        const char *format;
};
#define OPT_ARGS struct info_args

static const struct opt info_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        { 0 },
};

static json_t *id_map_json(const struct id_map *map)
{
        json_t *array = json_array();

        for (size_t i = 0; i < map->count; i++)
                json_array_append_new(array, json_pack("{s:I, s:I, s:I}", "container_id",
                                                       (json_int_t)map->ranges[i].inside, "host_id",
                                                       (json_int_t)map->ranges[i].outside, "size",
                                                       (json_int_t)map->ranges[i].count));
        return array;
}

static json_t *program_json(const char *name)
{
        AUTO_FREE char *path = path_find_program(name);

        return json_pack("{s:s, s:b}", "executable", path ? path : "", "present", path != NULL);
}

static int host_json(json_t **out, struct error *err)
{
        struct userns_plan plan;
        struct utsname name = { 0 };
        struct sysinfo memory = { 0 };
        json_t *json;

        if (userns_plan(false, &plan, err) < 0)
                return -1;
        (void)uname(&name);
        (void)sysinfo(&memory);
        json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:I}", "os", "linux", "arch", name.machine,
                         "kernel", name.release, "hostname", name.nodename, "cpus", get_nprocs(),
                         "memTotal", (json_int_t)memory.totalram * memory.mem_unit, "memFree",
                         (json_int_t)memory.freeram * memory.mem_unit);
        json_object_set_new(json, "userNamespace",
                            json_pack("{s:s, s:s, s:s}", "rung", userns_rung_name(plan.rung),
                                      "reason", plan.reason ? plan.reason : "", "cure",
                                      plan.cure ? plan.cure : ""));
        json_object_set_new(json, "idMappings",
                            json_pack("{s:o, s:o}", "uidmap", id_map_json(&plan.uids), "gidmap",
                                      id_map_json(&plan.gids)));
        json_object_set_new(json, "security",
                            json_pack("{s:b, s:b}", "rootless", plan.rung != USERNS_PRIVILEGED,
                                      "seccompEnabled", 1));
        json_object_set_new(json, "slirp4netns", program_json("slirp4netns"));
        json_object_set_new(json, "fuseOverlayfs", program_json("fuse-overlayfs"));
        json_object_set_new(json, "ociRuntime", json_pack("{s:s}", "name", "kelp"));
        *out = json;
        return 0;
}

static int store_json(const struct store *store, json_t **out, struct error *err)
{
        struct container_list containers;
        struct image_list images;
        int running = 0;

        if (container_list_load(store, &containers, err) < 0)
                return -1;
        for (size_t i = 0; i < containers.count; i++)
                running += containers.items[i].state.status == CONTAINER_RUNNING;
        *out = json_pack("{s:s, s:s, s:s, s:{s:i, s:i, s:i}}", "graphDriverName", "overlay",
                         "graphRoot", store->root, "runRoot", store->runroot, "containerStore",
                         "number", (int)containers.count, "running", running, "stopped",
                         (int)containers.count - running);
        container_list_release(&containers);
        if (image_list_load(store, &images, err) < 0)
                return -1;
        json_object_set_new(*out, "imageStore", json_pack("{s:i}", "number", (int)images.count));
        image_list_release(&images);
        return 0;
}

/* The plain output is YAML, as podman's. */
static void print_yaml(const json_t *value, int indent)
{
        const char *key;
        json_t *member;
        size_t i;

        json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
                printf("%*s%s:", indent, "", key);
                if (json_is_object(member) || (json_is_array(member) && json_array_size(member))) {
                        printf("\n");
                        print_yaml(member, indent + 2);
                } else {
                        AUTO_FREE char *text = json_dumps(member, JSON_ENCODE_ANY);
                        size_t len = strlen(text);
                        bool quoted = json_is_string(member) && len > 2;

                        printf(" %.*s\n", (int)(quoted ? len - 2 : len), text + quoted);
                }
        }
        json_array_foreach (value, i, member) {
                printf("%*s-\n", indent, "");
                print_yaml(member, indent + 2);
        }
}

static int info_run(struct context *ctx, void *data, struct error *err)
{
        const struct info_args *args = data;
        AUTO_JSON json_t *json = json_object();
        json_t *host = NULL, *store = NULL;

        if (host_json(&host, err) < 0)
                return -1;
        json_object_set_new(json, "host", host);
        if (store_json(&ctx->store, &store, err) < 0)
                return -1;
        json_object_set_new(json, "store", store);
        json_object_set_new(json, "version", json_pack("{s:s}", "Version", KELP_VERSION));
        if (args->format)
                return template_print(args->format, json, stdout, err);
        print_yaml(json, 0);
        return 0;
}

const struct command cmd_info = {
        .name = "info",
        .synopsis = "[OPTIONS]",
        .summary = "Show what kelp runs on and what it has chosen",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct info_args),
        .options = info_options,
        .run = info_run,
};
