/* Quadlet files: their kinds, and the names of what is made of them. */
#include "cli/quadlet/quadlet.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

static const struct {
        const char *ending, *group;
        enum quadlet_kind kind;
        const char *suffix; /* of the service's name */
        const char *name_key;
        const char *why; /* it is refused */
} kinds[] = {
        { ".container", "Container", QUADLET_CONTAINER, "", "ContainerName", NULL },
        { ".volume", "Volume", QUADLET_VOLUME, "-volume", "VolumeName", NULL },
        { ".image", "Image", QUADLET_IMAGE, "-image", NULL, NULL },
        { ".network", NULL, QUADLET_REFUSED, "", NULL, "there are no named networks yet" },
        { ".pod", NULL, QUADLET_REFUSED, "", NULL, "there are no pods" },
        { ".kube", NULL, QUADLET_REFUSED, "", NULL, "there is no kube play" },
        { ".build", NULL, QUADLET_REFUSED, "", NULL, "building is not offered yet" },
        { ".artifact", NULL, QUADLET_REFUSED, "", NULL, "there are no artifacts" },
};

static size_t row_of(const char *name)
{
        const char *dot = strrchr(name, '.');
        size_t i = 0;

        while (i < ARRAY_SIZE(kinds) && (!dot || dot == name || strcmp(dot, kinds[i].ending) != 0))
                i++;
        return i;
}

bool quadlet_kind_of(const char *name, enum quadlet_kind *kind_out)
{
        size_t row = row_of(name);

        if (row < ARRAY_SIZE(kinds))
                *kind_out = kinds[row].kind;
        return row < ARRAY_SIZE(kinds);
}

const char *quadlet_group(enum quadlet_kind kind)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (kinds[i].kind == kind)
                        return kinds[i].group;
        return NULL;
}

const char *quadlet_why_refused(const char *name)
{
        size_t row = row_of(name);

        return row < ARRAY_SIZE(kinds) ? kinds[row].why : NULL;
}

void quadlet_list_release(struct quadlet_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                struct quadlet *quadlet = &list->items[i];

                free(quadlet->name);
                free(quadlet->path);
                free(quadlet->service);
                free(quadlet->resource);
                unit_file_release(&quadlet->source);
                unit_file_release(&quadlet->unit);
        }
        free(list->items);
        *list = (struct quadlet_list){ 0 };
}

const struct quadlet *quadlet_find(const struct quadlet_list *list, const char *name)
{
        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->items[i].name, name) == 0)
                        return &list->items[i];
        return NULL;
}

char *quadlet_template(const char *name)
{
        const char *at = strchr(name, '@');

        return at ? xstrndup(name, (size_t)(at + 1 - name)) : NULL;
}

bool quadlet_is_template(const char *name)
{
        const char *dot = strrchr(name, '.');

        return dot && dot > name && dot[-1] == '@';
}

/* Of an instance's file too the service has the instance in its name. */
static char *service_name(const struct quadlet *quadlet, size_t row)
{
        const char *given = unit_file_get(&quadlet->source, kinds[row].group, "ServiceName");
        size_t len = strlen(quadlet->name) - strlen(kinds[row].ending);
        const char *at = strchr(quadlet->name, '@');
        size_t stem = at ? (size_t)(at - quadlet->name) : len;

        if (given && given[0])
                return xasprintf("%s.service", given);
        return xasprintf("%.*s%s%.*s.service", (int)stem, quadlet->name, kinds[row].suffix,
                         (int)(len - stem), quadlet->name + stem);
}

/* What systemd fills in: the same in the unit itself and in the units of those that refer to it. */
static char *resource_name(const struct quadlet *quadlet, size_t row)
{
        const char *given = kinds[row].name_key ? unit_file_get(&quadlet->source, kinds[row].group,
                                                                kinds[row].name_key)
                                                : NULL;
        size_t len = strlen(quadlet->name) - strlen(kinds[row].ending);
        const char *at = strchr(quadlet->name, '@');

        if (given && given[0])
                return xstrdup(given);
        if (!at)
                return xasprintf("systemd-%.*s", (int)len, quadlet->name);
        return xasprintf("systemd-%.*s%s%%i", (int)(at - quadlet->name), quadlet->name,
                         quadlet->kind == QUADLET_CONTAINER ? "_" : "-");
}

static char *image_name(const struct quadlet *quadlet)
{
        const char *tag = unit_file_get(&quadlet->source, "Image", "ImageTag");

        return xstrdup(tag && tag[0] ? tag : unit_file_get(&quadlet->source, "Image", "Image"));
}

int quadlet_set_names(struct quadlet *quadlet, struct error *err)
{
        size_t row = row_of(quadlet->name);

        if (quadlet->kind == QUADLET_REFUSED)
                return 0;
        quadlet->service = service_name(quadlet, row);
        quadlet->resource =
                quadlet->kind == QUADLET_IMAGE ? image_name(quadlet) : resource_name(quadlet, row);
        if (strchr(quadlet->service, '/') || strpbrk(quadlet->service, " \t"))
                return error_set(err, ERROR_INVALID, "%s is no name of a service",
                                 quadlet->service);
        return 0;
}

char *quadlet_path(const struct quadlet *quadlet, const char *path)
{
        const char *slash = strrchr(quadlet->path, '/');
        AUTO_FREE char *joined = NULL;
        AUTO_FREE char *directory = NULL;
        AUTO_FREE char *literal = NULL;

        if (path[0] == '/' || (path[0] == '%' && path[1] != '%'))
                return xstrdup(path);
        directory = slash ? xstrndup(quadlet->path, (size_t)(slash - quadlet->path)) : xstrdup(".");
        literal = unit_words_literal(directory);
        joined = path_join(literal, path);
        return path_clean(joined);
}
