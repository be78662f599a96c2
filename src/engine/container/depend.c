/* Dependencies between containers. Nothing is kept about them: they are read off the specs. */
#include "engine/container/depend.h"

#include "engine/container/namespaces_of.h"

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
        for (enum shared_kind kind = 0; kind < SHARED_KINDS; kind++) {
                const char *mode = namespaces_mode(spec, kind);

                if (mode && names(mode, other))
                        return true;
        }
        return strv_contains(&spec->requires, other->id);
}
