/* --requires. See requires_options.h. */
#include "cli/container/requires_options.h"

#include "base/cleanup.h"
#include "cli/container/starting.h"
#include "engine/container/container.h"

static int add(const char *name, const struct store *store, struct container_spec *spec,
               struct error *err)
{
        struct container container = CONTAINER_EMPTY;

        if (container_lookup(store, name, &container, err) < 0)
                return error_context(err,
                                     "\"%s\" is not a valid container, cannot be used as a "
                                     "dependency",
                                     name);
        if (!strv_contains(&spec->requires, container.id))
                strv_add(&spec->requires, container.id);
        container_release(&container);
        return 0;
}

int requires_options_fill(const struct requires_args *args, const struct store *store,
                          struct container_spec *spec, struct error *err)
{
        AUTO(strv) names = { 0 };

        for (size_t i = 0; i < args->names.count; i++)
                strv_split(&names, args->names.items[i], ',');
        for (size_t i = 0; i < names.count; i++)
                if (add(names.items[i], store, spec, err) < 0)
                        return -1;
        return 0;
}

/* Each start takes care of what that container requires. There is no circle: what is required was
 * there before. */
int requires_start(struct context *ctx, const struct container_spec *spec, struct error *err)
{
        for (size_t i = 0; i < spec->requires.count; i++)
                if (starting_detached(ctx, spec->requires.items[i], err) < 0)
                        return error_context(err, "starting the required container %.12s",
                                             spec->requires.items[i]);
        return 0;
}
