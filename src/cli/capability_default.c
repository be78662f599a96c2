/* See capability_default.h. */
#include "cli/capability_default.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container/containers_conf.h"
#include "engine/runtime/capability.h"

int capability_default_fill(struct container_spec *spec, struct error *err)
{
        const json_t *conf = containers_conf(err), *list;
        AUTO(strv) names = { 0 };
        AUTO(strbuf) text = { 0 };
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
        for (size_t i = 0; i < names.count; i++)
                strbuf_addf(&text, "%s%s", i > 0 ? "," : "", names.items[i]);
        spec->default_capabilities = xstrdup(text.data ? text.data : "");
        return 0;
}
