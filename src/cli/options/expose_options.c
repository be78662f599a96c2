/* See expose_options.h. */
#include "cli/options/expose_options.h"

#include "engine/network/exposed.h"

int expose_options_fill(const struct expose_args *args, struct container_spec *spec,
                        struct error *err)
{
        for (size_t i = 0; i < args->ports.count; i++)
                if (exposed_add(&spec->exposed_ports, args->ports.items[i], err) < 0)
                        return -1;
        spec->publish_all = args->publish_all;
        return 0;
}
