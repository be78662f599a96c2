/* The keys of pod ps's filters. */
#include "cli/pod/pod_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>
#include <strings.h>

struct object {
        const struct pod *pod;
        const struct pod_members *members;
};

static int prepare_status(struct filter *f, const void *world, struct error *err)
{
        static const char *const known[] = { "stopped", "running", "paused",   "exited",
                                             "dead",    "created", "degraded", NULL };

        (void)world;
        return filter_check_word(f, known, "%s is not a valid pod status", err);
}

static int prepare_ctr_status(struct filter *f, const void *world, struct error *err)
{
        static const char *const known[] = { "created", "running", "paused", "stopped",
                                             "exited",  "unknown", NULL };

        (void)world;
        return filter_check_word(f, known, "%s is not a valid status", err);
}

static bool match_id(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return filter_fits_id(f, o->pod->id);
}

static bool match_name(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return filter_fits(f, o->pod->spec.name);
}

static bool match_status(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return strcasecmp(pod_status(o->members), f->value) == 0;
}

static bool match_label(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return filter_has_pair(f, &o->pod->spec.labels);
}

static bool match_no_label(const struct filter *f, const void *data)
{
        return !match_label(f, data);
}

static bool match_until(const struct filter *f, const void *data)
{
        const struct object *o = data;

        return o->pod->spec.created_ns < f->number;
}

/* There are no networks with names. */
static bool match_network(const struct filter *f, const void *data)
{
        (void)f, (void)data;
        return false;
}

static bool match_ctr_ids(const struct filter *f, const void *data)
{
        const struct pod_members *members = ((const struct object *)data)->members;

        for (size_t i = 0; i < members->count; i++)
                if (filter_fits_id(f, members->items[i]->id))
                        return true;
        return false;
}

static bool match_ctr_names(const struct filter *f, const void *data)
{
        const struct pod_members *members = ((const struct object *)data)->members;

        for (size_t i = 0; i < members->count; i++)
                if (filter_fits(f, members->items[i]->spec.name))
                        return true;
        return false;
}

static bool match_ctr_number(const struct filter *f, const void *data)
{
        const struct object *o = data;
        AUTO_FREE char *number = xasprintf("%zu", o->members->count);

        return strcmp(number, f->value) == 0;
}

static bool match_ctr_status(const struct filter *f, const void *data)
{
        const struct pod_members *members = ((const struct object *)data)->members;
        const char *value = strcmp(f->value, "stopped") == 0 ? "exited" : f->value;

        for (size_t i = 0; i < members->count; i++)
                if (strcmp(container_status_name(&members->items[i]->state), value) == 0)
                        return true;
        return false;
}

static const struct filter_kind kinds[] = {
        { .key = "id", .match = match_id, .prepare = filter_pattern },
        { .key = "name", .match = match_name, .prepare = filter_pattern },
        { .key = "status", .match = match_status, .prepare = prepare_status },
        { .key = "label", .match = match_label, .all = true },
        { .key = "label!", .match = match_no_label, .all = true },
        { .key = "until", .match = match_until, .prepare = filter_time },
        { .key = "network", .match = match_network },
        { .key = "ctr-ids", .match = match_ctr_ids, .prepare = filter_pattern },
        { .key = "ctr-names", .match = match_ctr_names, .prepare = filter_pattern },
        { .key = "ctr-number", .match = match_ctr_number },
        { .key = "ctr-status", .match = match_ctr_status, .prepare = prepare_ctr_status },
        { 0 },
};

static const struct filter_table table = {
        .kinds = kinds,
        .no_value = "filter input must be in the form of filter=value: %s is invalid"
};

int pod_filters_init(const struct strv *words, struct filters *filters_out, struct error *err)
{
        return filters_init(&table, words, NULL, filters_out, err);
}

bool pod_filters_match(const struct filters *filters, const struct pod *pod,
                       const struct pod_members *members)
{
        return filters_match(filters, &(struct object){ .pod = pod, .members = members });
}
