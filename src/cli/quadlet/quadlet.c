/* Quadlet files: their kinds, and what they say. Names are in quadlet_names.c. */
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
        const char *why;    /* it is refused */
} kinds[] = {
        { ".container", "Container", QUADLET_CONTAINER, "", NULL },
        { ".pod", "Pod", QUADLET_POD, "-pod", NULL },
        { ".volume", "Volume", QUADLET_VOLUME, "-volume", NULL },
        { ".image", "Image", QUADLET_IMAGE, "-image", NULL },
        { ".build", "Build", QUADLET_BUILD, "-build", NULL },
        { ".network", NULL, QUADLET_REFUSED, "", "there are no named networks yet" },
        { ".kube", NULL, QUADLET_REFUSED, "", "there is no kube play" },
        { ".artifact", NULL, QUADLET_REFUSED, "", "there are no artifacts" },
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

const char *quadlet_service_suffix(enum quadlet_kind kind)
{
        size_t i = 0;

        while (kinds[i].kind != kind)
                i++;
        return kinds[i].suffix;
}

const char *quadlet_why_refused(const char *name)
{
        size_t row = row_of(name);

        return row < ARRAY_SIZE(kinds) ? kinds[row].why : NULL;
}

void quadlet_release(struct quadlet *quadlet)
{
        free(quadlet->name);
        free(quadlet->path);
        free(quadlet->service);
        free(quadlet->resource);
        unit_file_release(&quadlet->source);
        unit_file_release(&quadlet->unit);
        *quadlet = (struct quadlet){ 0 };
}

void quadlet_list_release(struct quadlet_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                quadlet_release(&list->items[i]);
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

char *quadlet_value(const struct quadlet *quadlet, const char *key)
{
        const char *value = unit_file_get(&quadlet->source, quadlet_group(quadlet->kind), key);
        size_t len = value ? strlen(value) : 0;

        if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
                return len > 2 ? xstrndup(value + 1, len - 2) : NULL;
        return len > 0 ? xstrdup(value) : NULL;
}

bool quadlet_path_is_absolute(const char *path)
{
        return path[0] == '/' || (path[0] == '%' && path[1] != '%');
}

char *quadlet_path(const struct quadlet *quadlet, const char *path, bool in_command)
{
        const char *slash = strrchr(quadlet->path, '/');
        AUTO_FREE char *joined = NULL;
        AUTO_FREE char *directory = NULL;
        AUTO_FREE char *literal = NULL;

        if (quadlet_path_is_absolute(path))
                return xstrdup(path);
        directory = slash ? xstrndup(quadlet->path, (size_t)(slash - quadlet->path)) : xstrdup(".");
        literal = unit_words_literal(directory, in_command);
        joined = path_join(literal, path);
        return path_clean(joined);
}
