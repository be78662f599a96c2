/* The plugins and registries of kelp info. See info_plugins.h. */
#include "cli/system/info_plugins.h"

#include "base/cleanup.h"
#include "engine/container/containers_conf.h"
#include "engine/container/log_place.h"
#include "engine/registry/registries.h"

#include <stdint.h>

int info_plugins(json_t **json_out, struct error *err)
{
        const json_t *conf = containers_conf(err), *configured;
        AUTO(strv) logs = { 0 };
        json_t *volume, *path;
        const char *name;

        if (!conf)
                return -1;
        configured = json_object_get(json_object_get(conf, "engine"), "volume_plugins");
        volume = json_pack("[s]", "local");
        json_object_foreach ((json_t *)(uintptr_t)configured, name, path) {
                json_array_append_new(volume, json_string_any(name));
        }
        log_driver_list(&logs);
        *json_out = json_pack("{s:n, s:o, s:[], s:o}", "authorization", "log",
                              json_from_strv(&logs), "network", "volume", volume);
        return 0;
}

int info_registries(json_t **json_out, struct error *err)
{
        struct registries *registries;

        if (registries_load(&registries, err) < 0)
                return -1;
        *json_out = json_object();
        if (registries_search(registries)->count > 0)
                json_object_set_new(*json_out, "search",
                                    json_from_strv(registries_search(registries)));
        registries_free(registries);
        return 0;
}
