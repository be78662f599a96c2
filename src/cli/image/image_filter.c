/* The keys of the filters of images. */
#include "cli/image/image_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/reference.h"

#include <fnmatch.h>
#include <string.h>

/* Times are in seconds, as images have them. */
struct object {
        const struct image_filters *all;
        struct image *image;
        const char *name;
};

static int prepare_containers(struct filter *f, const void *store, struct error *err)
{
        if (strcmp(f->value, "external") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "filter containers=external: kelp has no containers but its own");
        return filter_bool(f, store, err);
}

static int prepare_time(struct filter *f, const void *store, struct error *err)
{
        if (filter_time(f, store, err) < 0)
                return -1;
        f->number /= 1000000000;
        return 0;
}

static int prepare_image(struct filter *f, const void *store, struct error *err)
{
        AUTO(image) image = { 0 };

        if (image_find(store, f->value, &image, err) < 0)
                return -1;
        f->number = image.created;
        memcpy(f->id, image.id, sizeof(f->id));
        return 0;
}

static bool match_since(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->image->created >= f->number && strcmp(o->image->id, f->id) != 0;
}

static bool match_before(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->image->created < f->number && strcmp(o->image->id, f->id) != 0;
}

static bool match_containers(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return (holders_find(&o->all->holders, o->image->id) != NULL) == f->yes;
}

static bool match_dangling(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return (o->image->names.count == 0 && !o->image->intermediate) == f->yes;
}

static bool match_intermediate(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->image->intermediate == f->yes;
}

static bool match_digest(const struct filter *f, const void *data)
{
        const struct object *o = data;
        size_t len = strlen(f->value);

        return strncmp(o->image->manifest.text, f->value, len) == 0 ||
               (o->image->index.text[0] && strncmp(o->image->index.text, f->value, len) == 0);
}

static bool match_id(const struct filter *f, const void *data)
{
        const struct object *o = data;
        const char *bare = strncmp(f->value, "sha256:", 7) == 0 ? f->value + 7 : f->value;

        return strncmp(o->image->id, bare, strlen(bare)) == 0;
}

static bool match_manifest(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->image->list == f->yes;
}

static bool match_readonly(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->image->read_only == f->yes;
}

/* "KEY" or "KEY=VALUE", both may be patterns. */
static bool match_label(const struct filter *f, const void *data)
{
        const struct object *o = data;
        size_t len = strcspn(f->value, "=");
        AUTO_FREE char *wanted_key = xstrndup(f->value, len);
        const char *wanted = f->value[len] ? f->value + len + 1 : NULL;
        const char *key;
        json_t *value;

        if (!o->image->config && image_fill(o->all->store, o->image, NULL) < 0)
                return false;
        json_object_foreach (json_object_get(json_object_get(o->image->config, "config"), "Labels"),
                             key, value)
                if (fnmatch(wanted_key, key, 0) == 0 &&
                    (!wanted ||
                     (json_is_string(value) && fnmatch(wanted, json_string_value(value), 0) == 0)))
                        return true;
        return false;
}

static bool match_no_label(const struct filter *f, const void *data)
{
        return !match_label(f, data);
}

/* Whole, or without what stands before one of its slashes. */
static bool fits_name(const char *pattern, const char *name)
{
        for (; name; name = strchr(name, '/') ? strchr(name, '/') + 1 : NULL)
                if (fnmatch(pattern, name, 0) == 0)
                        return true;
        return false;
}

/* The pattern may leave out the registry, the path's beginning and the tag. */
static bool match_reference(const struct filter *f, const void *data)
{
        const struct object *o = data;
        AUTO(reference) ref = { 0 };
        AUTO_FREE char *bare = NULL;

        if (!o->name || reference_parse(o->name, &ref, NULL) < 0)
                return false;
        bare = xasprintf("%s/%s", ref.registry, ref.path);
        return fits_name(f->value, o->name) || fits_name(f->value, bare);
}

static const struct filter_kind kinds[] = {
        { .key = "after", .match = match_since, .prepare = prepare_image, .all = true },
        { .key = "before", .match = match_before, .prepare = prepare_image, .all = true },
        { .key = "containers",
          .match = match_containers,
          .prepare = prepare_containers,
          .all = true },
        { .key = "dangling", .match = match_dangling, .prepare = filter_bool, .all = true },
        { .key = "digest", .match = match_digest },
        { .key = "id", .match = match_id },
        { .key = "intermediate", .match = match_intermediate, .prepare = filter_bool, .all = true },
        { .key = "label", .match = match_label, .all = true },
        { .key = "label!", .match = match_no_label, .all = true },
        { .key = "manifest", .match = match_manifest, .prepare = filter_bool, .all = true },
        { .key = "readonly", .match = match_readonly, .prepare = filter_bool, .all = true },
        { .key = "reference", .match = match_reference },
        { .key = "since", .match = match_since, .prepare = prepare_image, .all = true },
        { .key = "until", .match = match_before, .prepare = prepare_time, .all = true },
        { 0 },
};

#define NO_FILTER                                                                                  \
        "invalid image filter \"%s\": must be in the format \"filter=value or filter!=value\""

static const struct filter_table table = { .kinds = kinds,
                                           .no_value = NO_FILTER,
                                           .unknown = NO_FILTER };

int image_filters_init(const struct strv *words, const struct store *store,
                       struct image_filters *filters_out, struct error *err)
{
        struct image_filters filters = { .store = store };

        if (filters_init(&table, words, store, &filters.filters, err) < 0)
                return -1;
        if (filters_have(&filters.filters, "containers"))
                holders_load(store, &filters.holders);
        *filters_out = filters;
        return 0;
}

void image_filters_release(struct image_filters *filters)
{
        filters_release(&filters->filters);
        holders_release(&filters->holders);
        *filters = (struct image_filters){ 0 };
}

bool image_filters_match(const struct image_filters *filters, struct image *image, const char *name)
{
        return filters_match(&filters->filters,
                             &(struct object){ .all = filters, .image = image, .name = name });
}
