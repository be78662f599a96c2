/* See capability_default.h. */
#include "cli/options/capability_default.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "engine/container/containers_conf.h"
#include "engine/runtime/capability.h"

int capability_default_fill(struct container_spec *spec, struct error *err)
{
        const json_t *conf = containers_conf(err), *list;
        AUTO(strv) names = { 0 };
        uint64_t set;

        if (!conf)
                return -1;
        list = json_object_get(json_object_get(conf, "containers"), "default_capabilities");
        if (!list)
                return 0;
        json_to_strv(list, &names);
        if (capability_parse_list(&names, &set, err) < 0)
                return error_context(err, "containers.conf, default_capabilities");
        if (set == capability_default())
                return 0;
        spec->default_capabilities = strv_join(&names, ",");
        return 0;
}
