/* kelp events --filter. */
#include "cli/event_filter.h"

#include "cli/notice.h"

#include <string.h>
#include <strings.h>

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

static bool match_container(const json_t *event, const char *value)
{
        return is_type(event, "container") && names(event, value);
}

static bool match_image(const json_t *event, const char *value)
{
        return is_type(event, "image") && names(event, value);
}

static bool match_pod(const json_t *event, const char *value)
{
        return is_type(event, "pod") && names(event, value);
}

static bool match_volume(const json_t *event, const char *value)
{
        return is_type(event, "volume") &&
               strncmp(json_get_string(event, "Name", ""), value, strlen(value)) == 0;
}

static bool is_status(const json_t *event, const char *value)
{
        return strcmp(json_get_string(event, "Status", ""), value) == 0;
}

/* "die" is docker's word. What is watched for has a condition for its name. */
static bool match_status(const json_t *event, const char *value)
{
        if (is_status(event, "memory") || is_status(event, "pressure"))
                return strcmp(json_get_string(json_object_get(event, "Attributes"), "condition",
                                              ""),
                              value) == 0;
        return is_status(event, strcmp(value, "die") == 0 ? "died" : value);
}

static bool match_label(const json_t *event, const char *value)
{
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

static const struct {
        const char *key;
        bool (*match)(const json_t *event, const char *value); /* NULL: is_type() */
} kinds[] = {
        { "container", match_container },
        { "event", match_status },
        { "status", match_status },
        { "image", match_image },
        { "label", match_label },
        { "pod", match_pod },
        { "type", is_type },
        { "volume", match_volume },
};

/* The index into kinds, or -1. */
static int kind_of(const char *word)
{
        size_t len = strcspn(word, "=");

        for (size_t i = 0; word[len] && i < ARRAY_SIZE(kinds); i++)
                if (strlen(kinds[i].key) == len && strncasecmp(kinds[i].key, word, len) == 0)
                        return (int)i;
        return -1;
}

const char *event_filter_notice(const char *word)
{
        int kind = kind_of(word);
        const char *value = kind < 0 ? NULL : strchr(word, '=') + 1;

        /* An OOM kill is recorded by the monitor. */
        return value && kinds[kind].match == match_status && strcmp(value, "oom") != 0 &&
                               notice_is(value)
                       ? value
                       : NULL;
}

static int check_notices(const struct strv *words, struct error *err)
{
        struct notices notices = { .count = 0 };

        for (size_t i = 0; i < words->count; i++) {
                const char *notice = event_filter_notice(words->items[i]);

                if (notice && notice_add(&notices, "--filter event", notice, err) < 0)
                        return -1;
        }
        return 0;
}

int event_filter_check(const struct strv *words, struct error *err)
{
        for (size_t i = 0; i < words->count; i++)
                if (kind_of(words->items[i]) < 0) {
                        error_set(err, ERROR_USAGE, "%s is an invalid filter", words->items[i]);
                        return error_cure(err,
                                          "there are container=, event=, image=, label=, pod=, "
                                          "status=, type= and volume=");
                }
        return check_notices(words, err);
}

bool event_filter_match(const struct event_filter *filter, const json_t *event)
{
        int64_t when = json_get_int(event, "timeNano", 0);

        if ((filter->since_ns && when < filter->since_ns) ||
            (filter->until_ns && when > filter->until_ns))
                return false;
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                bool asked = false, matched = false;

                for (size_t i = 0; i < filter->words->count && !matched; i++) {
                        const char *word = filter->words->items[i];

                        if (kind_of(word) != (int)k)
                                continue;
                        asked = true;
                        matched = kinds[k].match(event, strchr(word, '=') + 1);
                }
                if (asked && !matched)
                        return false;
        }
        return true;
}
