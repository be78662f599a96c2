/* What the user said, filled up with the image's configuration (image-spec, config.md). */
#include "engine/container/merge.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>
#include <time.h>

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* podman's order: its defaults, the image's, the user's. */
static void merge_env(struct container_spec *spec, const json_t *config)
{
        struct strv merged = { 0 };
        AUTO(strv) image = { 0 };

        strv_add(&merged, DEFAULT_PATH);
        if (spec->terminal)
                strv_add(&merged, "TERM=xterm");
        strv_add(&merged, "container=kelp");
        json_to_strv(json_object_get(config, "Env"), &image);
        for (size_t i = 0; i < image.count; i++)
                if (strchr(image.items[i], '='))
                        strv_env_set(&merged, image.items[i]);
        for (size_t i = 0; i < spec->env.count; i++)
                strv_env_set(&merged, spec->env.items[i]);
        strv_release(&spec->env);
        spec->env = merged;
}

static void merge_labels(struct container_spec *spec, const json_t *config)
{
        struct strv merged = { 0 };
        const char *key;
        json_t *value;

        json_object_foreach (json_object_get(config, "Labels"), key, value) {
                if (json_is_string(value))
                        strv_addf(&merged, "%s=%s", key, json_string_value(value));
        }
        for (size_t i = 0; i < spec->labels.count; i++)
                strv_env_set(&merged, spec->labels.items[i]);
        strv_release(&spec->labels);
        spec->labels = merged;
}

static void merge_command(struct container_spec *spec, const json_t *config, bool entrypoint_given)
{
        if (!entrypoint_given)
                json_to_strv(json_object_get(config, "Entrypoint"), &spec->entrypoint);
        if (spec->command.count == 0 && !entrypoint_given)
                json_to_strv(json_object_get(config, "Cmd"), &spec->command);
        strv_extend(&spec->args, &spec->entrypoint);
        strv_extend(&spec->args, &spec->command);
}

static void default_text(char **member, const char *value)
{
        if (!*member)
                *member = xstrdup(value);
}

static void merge_image(struct container_spec *spec, const struct image *image)
{
        const json_t *config = json_object_get(image->config, "config");
        const char *workdir = json_get_string(config, "WorkingDir", "");
        const char *key;
        json_t *value;

        spec->image_id = xstrdup(image->id);
        default_text(&spec->image_name, image->names.count ? image->names.items[0] : image->id);
        for (size_t i = 0; i < image->layer_count; i++)
                strv_add(&spec->layers, digest_hex(&image->diff_ids[i]));
        if (!spec->workdir) {
                spec->workdir = xstrdup(workdir[0] ? workdir : "/");
                spec->workdir_create = workdir[0] != '\0';
        }
        default_text(&spec->user, json_get_string(config, "User", ""));
        default_text(&spec->stop_signal, json_get_string(config, "StopSignal", "SIGTERM"));
        json_object_foreach (json_object_get(config, "ExposedPorts"), key, value) {
                strv_add(&spec->exposed_ports, key);
        }
}

int container_spec_merge(struct container_spec *spec, const struct image *image,
                         bool entrypoint_given, const char *id, struct error *err)
{
        const json_t *config = json_object_get(image->config, "config");
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        spec->created_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
        merge_env(spec, config);
        merge_labels(spec, config);
        merge_command(spec, config, entrypoint_given);
        merge_image(spec, image);
        if (!spec->hostname)
                spec->hostname = xstrndup(id, 12);
        if (spec->args.count == 0)
                return error_set(err, ERROR_INVALID,
                                 "no command or entrypoint provided, and the image %s has none",
                                 spec->image_name);
        return 0;
}
