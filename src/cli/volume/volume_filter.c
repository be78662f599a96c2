/* The keys of the filters of volumes. */
#include "cli/volume/volume_filter.h"

#include "base/cleanup.h"

#include <string.h>

struct object {
        const struct volume *volume;
        const struct container_list *containers;
};

static int prepare_volume(struct filter *f, const void *world, struct error *err)
{
        const struct volume_list *volumes = world;

        for (size_t i = 0; i < volumes->count; i++)
                if (strcmp(volumes->items[i].name, f->value) == 0) {
                        f->number = volumes->items[i].created_ns;
                        return 0;
                }
        return error_set(err, ERROR_NOT_FOUND,
                         "filter %s: no volume with name \"%s\" found: no such volume",
                         f->kind->key, f->value);
}

static bool match_name(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return filter_fits(f, o->volume->name);
}

/* Of which scope and driver all are. */
static bool match_driver(const struct filter *f, const void *data)
{
        (void)data;
        return strcmp(f->value, "local") == 0;
}

static bool match_label(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return filter_has_pair(f, &o->volume->labels);
}

static bool match_no_label(const struct filter *f, const void *data)
{
        return !match_label(f, data);
}

static bool match_option(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return filter_has_pair(f, &o->volume->options);
}

static bool match_anonymous(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->volume->anonymous == f->yes;
}

static bool match_dangling(const struct filter *f, const void *data)
{
        const struct object *o = data;
        AUTO(strv) ids = { 0 };

        volume_users(o->containers, o->volume->name, &ids);
        return (ids.count == 0) == f->yes;
}

static bool match_until(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->volume->created_ns < f->number;
}

static bool match_since(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->volume->created_ns > f->number;
}

static const struct filter_kind kinds[] = {
        { .key = "name", .match = match_name, .prepare = filter_pattern },
        { .key = "driver", .match = match_driver },
        { .key = "scope", .match = match_driver },
        { .key = "label", .match = match_label, .all = true },
        { .key = "label!", .match = match_no_label, .all = true },
        { .key = "opt", .match = match_option, .all = true },
        { .key = "anonymous", .match = match_anonymous, .prepare = filter_bool, .all = true },
        { .key = "dangling", .match = match_dangling, .prepare = filter_bool, .all = true },
        { .key = "until", .match = match_until, .prepare = filter_time, .all = true },
        { .key = "since", .match = match_since, .prepare = prepare_volume, .all = true },
        { .key = "after", .match = match_since, .prepare = prepare_volume, .all = true },
        { 0 },
};

static const struct filter_table table = { .kinds = kinds,
                                           .unknown = "\"%s\" is an invalid volume filter" };

int volume_filters_init(const struct strv *words, const struct volume_list *volumes,
                        struct filters *filters_out, struct error *err)
{
        return filters_init(&table, words, volumes, filters_out, err);
}

bool volume_filters_match(const struct filters *filters, const struct volume *volume,
                          const struct container_list *containers)
{
        return filters_match(filters,
                             &(struct object){ .volume = volume, .containers = containers });
}
