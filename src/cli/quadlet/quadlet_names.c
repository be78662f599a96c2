/* The names of what a Quadlet file makes: its service, and the container, pod, volume or image
 * that others refer to.
 *
 * A name may have specifiers (systemd.unit(5)), and one that another unit uses too has to mean the
 * same there. So what depends on the unit is filled in here: %N, %n, %p, and %i of an instance. A
 * template keeps %i, for a unit that refers to it needs the instance of its own name. Specifiers of
 * the machine and the user are the same in all units and stay.
 */
#include "cli/quadlet/quadlet.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/quadlet/unit_name.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

/* Of an instance's file too the service has the instance in its name. */
static char *service_name(const struct quadlet *quadlet)
{
        AUTO_FREE char *given = quadlet_value(quadlet, "ServiceName");
        size_t len = strlen(quadlet->name) - strlen(strrchr(quadlet->name, '.'));
        const char *at = strchr(quadlet->name, '@');
        size_t stem = at ? (size_t)(at - quadlet->name) : len;

        if (given)
                return xasprintf("%s.service", given);
        return xasprintf("%.*s%s%.*s.service", (int)stem, quadlet->name,
                         quadlet_service_suffix(quadlet->kind), (int)(len - stem),
                         quadlet->name + stem);
}

/* A volume and a pod have the file's name, */
static char *file_pattern(const struct quadlet *quadlet)
{
        size_t len = strcspn(quadlet->name, "@");
        bool instance = quadlet->name[len] == '@';
        size_t dot = (size_t)(strrchr(quadlet->name, '.') - quadlet->name);
        AUTO_FREE char *stem = xstrndup(quadlet->name, instance ? len : dot);
        AUTO_FREE char *literal = unit_words_literal(stem, true);

        return xasprintf("systemd-%s%s", literal, instance ? "-%i" : "");
}

/* Of an image's tags the first counts. */
static char *first_tag(const struct quadlet *quadlet)
{
        AUTO(strv) tags = { 0 };

        unit_file_all(&quadlet->source, quadlet_group(quadlet->kind), "ImageTag", &tags);
        return tags.count > 0 ? xstrdup(tags.items[0]) : NULL;
}

/* a container the service's, an image its own. */
static char *default_pattern(const struct quadlet *quadlet)
{
        switch (quadlet->kind) {
        case QUADLET_IMAGE:
                return quadlet_value(quadlet, "Image");
        case QUADLET_VOLUME:
        case QUADLET_POD:
                return file_pattern(quadlet);
        case QUADLET_CONTAINER:
                return xstrdup(unit_name_has_instance(quadlet->service) ? "systemd-%p_%i"
                                                                        : "systemd-%N");
        case QUADLET_BUILD:
        case QUADLET_REFUSED:
                break;
        }
        return NULL;
}

static char *pattern_of(const struct quadlet *quadlet)
{
        static const char *const keys[] = { [QUADLET_IMAGE] = "ImageTag",
                                            [QUADLET_BUILD] = "ImageTag",
                                            [QUADLET_VOLUME] = "VolumeName",
                                            [QUADLET_POD] = "PodName",
                                            [QUADLET_CONTAINER] = "ContainerName" };
        char *given = quadlet->kind == QUADLET_BUILD ? first_tag(quadlet)
                                                     : quadlet_value(quadlet, keys[quadlet->kind]);

        return given ? given : default_pattern(quadlet);
}

/* Into the name what the specifier is in this unit. False: only systemd knows. */
static bool fill_in(const struct quadlet *quadlet, char specifier, struct strbuf *name)
{
        AUTO_FREE char *stem = unit_name_stem(quadlet->service);
        size_t prefix = strcspn(stem, "@");
        const char *instance = stem[prefix] ? stem + prefix + 1 : "";
        const char *open = unit_name_is_template(quadlet->service) ? "%i" : "";

        switch (specifier) {
        case 'n':
                return strbuf_addf(name, "%s%s.service", stem, open);
        case 'N':
                return strbuf_addf(name, "%s%s", stem, open);
        case 'p':
                return strbuf_add(name, stem, prefix);
        case 'i':
                return strbuf_adds(name, open[0] ? open : instance);
        default:
                return false;
        }
}

/* Those that are the same in every unit of a user, and "%" itself. */
static bool is_common(char specifier)
{
        return specifier && strchr("%aAbBCDEgGhHlLmMosStTuUvVwW", specifier);
}

static char *resolve(const struct quadlet *quadlet, const char *pattern, bool *own_out)
{
        AUTO(strbuf) name = { 0 };

        *own_out = false;
        for (const char *c = pattern; *c; c++) {
                if (c[0] == '%' && fill_in(quadlet, c[1], &name)) {
                        c++;
                        continue;
                }
                *own_out = *own_out || (c[0] == '%' && !is_common(c[1]));
                strbuf_addc(&name, *c);
                if (c[0] == '%' && c[1])
                        strbuf_addc(&name, *++c);
        }
        return strbuf_take(&name);
}

int quadlet_set_names(struct quadlet *quadlet, struct error *err)
{
        AUTO_FREE char *pattern = NULL;

        if (quadlet->kind == QUADLET_REFUSED)
                return 0;
        quadlet->service = service_name(quadlet);
        if (!unit_name_is_valid(quadlet->service))
                return error_set(err, ERROR_INVALID, "%s is no name of a service",
                                 quadlet->service);
        pattern = pattern_of(quadlet);
        if (!pattern)
                return 0;
        quadlet->resource = resolve(quadlet, pattern, &quadlet->resource_is_own);
        if (!quadlet->resource[0])
                return error_set(err, ERROR_INVALID, "the name %s is empty here", pattern);
        return 0;
}
