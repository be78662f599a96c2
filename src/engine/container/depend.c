/* Dependencies between containers. Nothing is kept about them: they are read off the specs. */
#include "engine/container/depend.h"

#include "base/cleanup.h"

#include <string.h>

/* A name goes before the beginning of an ID, which is at least one digit long. */
static bool names(const char *mode, const struct container *other)
{
        const char *name = mode + strlen("container:");

        if (strncmp(mode, "container:", strlen("container:")) != 0 || !name[0])
                return false;
        return strcmp(name, other->spec.name) == 0 || strncmp(other->id, name, strlen(name)) == 0;
}

bool container_depends_on(const struct container_spec *spec, const struct container *other)
{
        const char *const modes[] = { spec->cgroupns };

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
                if (modes[i] && names(modes[i], other))
                        return true;
        return false;
}
