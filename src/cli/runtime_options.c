/* The runtime of a new container. See runtime_options.h. */
#include "cli/runtime_options.h"

#include "base/cleanup.h"
#include "engine/container/runtime_choice.h"

int runtime_options_fill(const struct runtime_args *args, const struct runtime_args *global,
                         struct container_spec *spec, struct error *err)
{
        struct runtime_choice choice;

        if (runtime_choice_make(args->name ? args->name : global->name, &choice, err) < 0)
                return -1;
        spec->runtime = choice.name;
        spec->runtime_path = choice.path;
        strv_extend(&spec->runtime_flags, &global->flags);
        strv_extend(&spec->runtime_flags, &args->flags);
        if (spec->runtime_flags.count && !spec->runtime)
                return error_set(err, ERROR_USAGE,
                                 "--runtime-flag is for another runtime, and none is named");
        return 0;
}
