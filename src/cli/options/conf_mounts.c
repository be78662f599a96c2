/* containers.mounts and containers.volumes of containers.conf(5): what --mount and -v take, once
 * for all containers. They are no options with a default, as other keys are (conf_options.h): two
 * mounts at one place are an error only within the command line, or within the files.
 */
#include "cli/options/conf_mounts.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/options/mount_spec.h"
#include "engine/container/containers_conf.h"
#include "engine/container/spec_mounts.h"

static int add_key(const char *key,
                   int (*add)(const char *text, struct container_spec *spec, struct error *err),
                   struct container_spec *spec, struct error *err)
{
        const json_t *table = json_object_get(containers_conf(NULL), "containers");
        const json_t *list = json_object_get(table, key), *item;
        size_t i;

        if (list && !json_is_array(list))
                return error_set(err, ERROR_USAGE,
                                 "containers.conf: %s in [containers] has the wrong type", key);
        json_array_foreach (list, i, item) {
                if (!json_is_string(item))
                        return error_set(err, ERROR_USAGE,
                                         "containers.conf: %s in [containers] has the wrong type",
                                         key);
                if (add(json_string_value(item), spec, err) < 0)
                        return error_context(err, "parsing containers.conf %s", key);
        }
        return 0;
}

int conf_mounts_fill(struct container_spec *spec, struct error *err)
{
        AUTO(container_spec) defaults = { 0 };

        if (add_key("mounts", mount_spec_mount, &defaults, err) < 0 ||
            add_key("volumes", mount_spec_volume, &defaults, err) < 0)
                return -1;
        for (size_t i = 0; i < defaults.mount_count; i++) {
                struct container_mount *mount = &defaults.mounts[i];

                if (container_mount_at(spec, mount->target))
                        continue;
                *container_mount_add(spec, mount->kind) = *mount;
                *mount = (struct container_mount){ 0 };
        }
        return 0;
}
