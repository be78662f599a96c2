/* kelp events --filter. */
#include "cli/system/event_filter.h"

#include "base/cleanup.h"

#include <string.h>

static bool is_type(const json_t *event, const char *type)
{
        return strcmp(json_get_string(event, "Type", ""), type) == 0;
}

/* By name, or by the beginning of its ID. */
static bool names(const json_t *event, const char *value)
{
        return strcmp(json_get_string(event, "Name", ""), value) == 0 ||
               (value[0] && strncmp(json_get_string(event, "ID", ""), value, strlen(value)) == 0);
}

static bool match_type(const struct filter *f, const void *event)
{
        return is_type(event, f->value);
}

static bool match_container(const struct filter *f, const void *event)
{
        return is_type(event, "container") && names(event, f->value);
}

static bool match_image(const struct filter *f, const void *event)
{
        return is_type(event, "image") && names(event, f->value);
}

static bool match_pod(const struct filter *f, const void *event)
{
        return is_type(event, "pod") && names(event, f->value);
}

static bool match_volume(const struct filter *f, const void *event)
{
        return is_type(event, "volume") &&
               strncmp(json_get_string(event, "Name", ""), f->value, strlen(f->value)) == 0;
}

static bool is_status(const json_t *event, const char *value)
{
        return strcmp(json_get_string(event, "Status", ""), value) == 0;
}

/* "die" is docker's word. What is watched for has a condition for its name. */
static bool match_status(const struct filter *f, const void *event)
{
        if (is_status(event, "memory") || is_status(event, "pressure"))
                return strcmp(json_get_string(json_object_get(event, "Attributes"), "condition",
                                              ""),
                              f->value) == 0;
        return is_status(event, strcmp(f->value, "die") == 0 ? "died" : f->value);
}

static bool match_label(const struct filter *f, const void *event)
{
        const char *value = f->value;
        const char *equals = strchr(value, '=');
        size_t len = equals ? (size_t)(equals - value) : strlen(value);
        const char *key;
        json_t *label;

        json_object_foreach (json_object_get(event, "Attributes"), key, label) {
                if (strlen(key) == len && strncmp(key, value, len) == 0 &&
                    (!equals ||
                     (json_is_string(label) && strcmp(json_string_value(label), equals + 1) == 0)))
                        return true;
        }
        return false;
}

static const struct filter_kind kinds[] = {
        { .key = "container", .match = match_container },
        { .key = "event", .match = match_status },
        { .key = "image", .match = match_image },
        { .key = "label", .match = match_label },
        { .key = "pod", .match = match_pod },
        { .key = "status", .match = match_status },
        { .key = "type", .match = match_type },
        { .key = "volume", .match = match_volume },
        { 0 },
};

static const struct filter_table table = { .kinds = kinds, .no_value = "%s is an invalid filter" };

/* An OOM kill is recorded by the monitor. */
static int add_notices(const struct filters *filters, struct notices *notices, struct error *err)
{
        for (size_t i = 0; i < filters->count; i++) {
                const struct filter *f = &filters->items[i];

                if (f->kind->match == match_status && strcmp(f->value, "oom") != 0 &&
                    notice_is(f->value) && notice_add(notices, "--filter event", f->value, err) < 0)
                        return -1;
        }
        return 0;
}

int event_filter_init(const struct strv *words, struct event_filter *filter_out,
                      struct notices *notices_out, struct error *err)
{
        AUTO(event_filter) filter = { 0 };
        struct notices notices = { .count = 0 };

        if (filters_init(&table, words, NULL, &filter.filters, err) < 0 ||
            add_notices(&filter.filters, &notices, err) < 0)
                return -1;
        *notices_out = notices;
        *filter_out = filter;
        filter = (struct event_filter){ 0 };
        return 0;
}

void event_filter_release(struct event_filter *filter)
{
        filters_release(&filter->filters);
}

bool event_filter_match(const struct event_filter *filter, const json_t *event)
{
        int64_t when = json_get_int(event, "timeNano", 0);

        return (!filter->since_ns || when >= filter->since_ns) &&
               (!filter->until_ns || when <= filter->until_ns) &&
               filters_match(&filter->filters, event);
}
