/* The runtime of a new container. See runtime_options.h. */
#include "cli/options/runtime_options.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/containers_conf.h"
#include "engine/container/runtime_choice.h"

#include <string.h>

/* runtimes_flags of containers.conf: a list for each name of a runtime. */
static int add_configured(const char *name, struct strv *flags, struct error *err)
{
        const json_t *conf = containers_conf(err), *tables;

        if (!conf)
                return -1;
        tables = json_object_get(json_object_get(conf, "engine"), "runtimes_flags");
        json_to_strv(json_object_get(tables, name ? name : "kelp"), flags);
        return 0;
}

int runtime_options_fill(const struct runtime_args *args, const struct runtime_args *global,
                         struct container_spec *spec, struct error *err)
{
        struct runtime_choice choice;

        if (runtime_choice_make(args->name ? args->name : global->name, &choice, err) < 0)
                return -1;
        spec->runtime = choice.name;
        spec->runtime_path = choice.path;
        if (add_configured(choice.name, &spec->runtime_flags, err) < 0)
                return -1;
        strv_extend(&spec->runtime_flags, &global->flags);
        strv_extend(&spec->runtime_flags, &args->flags);
        if (spec->runtime_flags.count && !spec->runtime)
                return error_set(err, ERROR_CANNOT_RUN,
                                 "unknown flag --%s: kelp's own runtime, which is the one in use, "
                                 "has none",
                                 spec->runtime_flags.items[0] +
                                         strspn(spec->runtime_flags.items[0], "-"));
        return 0;
}
