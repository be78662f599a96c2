/* Filters of pods. A filter is a row of the table below, as for containers (container_filter.c). */
#include "cli/pod/pod_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/human.h"

#include <regex.h>
#include <string.h>
#include <strings.h>

struct kind;

struct pod_filter {
        const struct kind *kind;
        const char *value; /* points into the word */
        regex_t regex;
        bool compiled; /* the regex is */
        int64_t ns;
};

struct kind {
        const char *key;
        bool all; /* several values must all match */
        int (*prepare)(struct pod_filter *filter, struct error *err); /* NULL: nothing to do */
        bool (*match)(const struct pod_filter *filter, const struct pod *pod,
                      const struct pod_members *members);
};

static int prepare_pattern(struct pod_filter *f, struct error *err)
{
        char why[128];
        int rc = regcomp(&f->regex, f->value, REG_EXTENDED | REG_NOSUB);

        f->compiled = rc == 0;
        if (rc == 0)
                return 0;
        regerror(rc, &f->regex, why, sizeof(why));
        return error_set(err, ERROR_USAGE, "filter %s=%s: %s", f->kind->key, f->value, why);
}

static int prepare_word(const struct pod_filter *f, const char *const *known, const char *what,
                        struct error *err)
{
        for (; *known; known++)
                if (strcmp(*known, f->value) == 0)
                        return 0;
        return error_set(err, ERROR_USAGE, "%s is not a valid %s", f->value, what);
}

static int prepare_status(struct pod_filter *f, struct error *err)
{
        static const char *const known[] = { "stopped", "running", "paused",   "exited",
                                             "dead",    "created", "degraded", NULL };

        return prepare_word(f, known, "pod status", err);
}

static int prepare_ctr_status(struct pod_filter *f, struct error *err)
{
        static const char *const known[] = { "created", "running", "paused", "stopped",
                                             "exited",  "unknown", NULL };

        return prepare_word(f, known, "status", err);
}

static int prepare_time(struct pod_filter *f, struct error *err)
{
        return human_parse_time(f->value, &f->ns, err) < 0
                       ? error_context(err, "filter %s", f->kind->key)
                       : 0;
}

static bool id_matches(const struct pod_filter *f, const char *id)
{
        if (f->value[strspn(f->value, "0123456789abcdefABCDEF")] == '\0')
                return strncasecmp(id, f->value, strlen(f->value)) == 0;
        return regexec(&f->regex, id, 0, NULL, 0) == 0;
}

static bool match_id(const struct pod_filter *f, const struct pod *pod,
                     const struct pod_members *members)
{
        (void)members;
        return id_matches(f, pod->id);
}

static bool match_name(const struct pod_filter *f, const struct pod *pod,
                       const struct pod_members *members)
{
        (void)members;
        return regexec(&f->regex, pod->spec.name, 0, NULL, 0) == 0;
}

static bool match_status(const struct pod_filter *f, const struct pod *pod,
                         const struct pod_members *members)
{
        (void)pod;
        return strcasecmp(pod_status(members), f->value) == 0;
}

static bool match_ctr_ids(const struct pod_filter *f, const struct pod *pod,
                          const struct pod_members *members)
{
        (void)pod;
        for (size_t i = 0; i < members->count; i++)
                if (id_matches(f, members->items[i]->id))
                        return true;
        return false;
}

static bool match_ctr_names(const struct pod_filter *f, const struct pod *pod,
                            const struct pod_members *members)
{
        (void)pod;
        for (size_t i = 0; i < members->count; i++)
                if (regexec(&f->regex, members->items[i]->spec.name, 0, NULL, 0) == 0)
                        return true;
        return false;
}

static bool match_ctr_number(const struct pod_filter *f, const struct pod *pod,
                             const struct pod_members *members)
{
        AUTO_FREE char *number = xasprintf("%zu", members->count);

        (void)pod;
        return strcmp(number, f->value) == 0;
}

static bool match_ctr_status(const struct pod_filter *f, const struct pod *pod,
                             const struct pod_members *members)
{
        const char *value = strcmp(f->value, "stopped") == 0 ? "exited" : f->value;

        (void)pod;
        for (size_t i = 0; i < members->count; i++)
                if (strcmp(container_status_name(&members->items[i]->state), value) == 0)
                        return true;
        return false;
}

static bool match_label(const struct pod_filter *f, const struct pod *pod,
                        const struct pod_members *members)
{
        AUTO_FREE char *name = xstrndup(f->value, strcspn(f->value, "="));
        const char *wanted = strchr(f->value, '=');
        const char *label = strv_env_get(&pod->spec.labels, name);

        (void)members;
        return label && (!wanted || strcmp(label, wanted + 1) == 0);
}

static bool match_no_label(const struct pod_filter *f, const struct pod *pod,
                           const struct pod_members *members)
{
        return !match_label(f, pod, members);
}

static bool match_until(const struct pod_filter *f, const struct pod *pod,
                        const struct pod_members *members)
{
        (void)members;
        return pod->spec.created_ns < f->ns;
}

/* There are no networks with names. */
static bool match_network(const struct pod_filter *f, const struct pod *pod,
                          const struct pod_members *members)
{
        (void)f;
        (void)pod;
        (void)members;
        return false;
}

static const struct kind kinds[] = {
        { "id", false, prepare_pattern, match_id },
        { "name", false, prepare_pattern, match_name },
        { "status", false, prepare_status, match_status },
        { "label", true, NULL, match_label },
        { "label!", true, NULL, match_no_label },
        { "until", false, prepare_time, match_until },
        { "network", false, NULL, match_network },
        { "ctr-ids", false, prepare_pattern, match_ctr_ids },
        { "ctr-names", false, prepare_pattern, match_ctr_names },
        { "ctr-number", false, NULL, match_ctr_number },
        { "ctr-status", false, prepare_ctr_status, match_ctr_status },
};

static int filter_init(const char *word, struct pod_filter *filter, struct error *err)
{
        size_t len = strcspn(word, "=");

        *filter = (struct pod_filter){ 0 };
        if (!word[len])
                return error_set(err, ERROR_USAGE,
                                 "filter input must be in the form of filter=value: %s is invalid",
                                 word);
        filter->value = word + len + 1;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strlen(kinds[i].key) == len && strncmp(kinds[i].key, word, len) == 0)
                        filter->kind = &kinds[i];
        if (!filter->kind)
                return error_set(err, ERROR_UNSUPPORTED, "%.*s is an invalid filter", (int)len,
                                 word);
        return filter->kind->prepare ? filter->kind->prepare(filter, err) : 0;
}

void pod_filters_release(struct pod_filters *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].compiled)
                        regfree(&filters->items[i].regex);
        free(filters->items);
        *filters = (struct pod_filters){ 0 };
}

int pod_filters_init(const struct strv *words, struct pod_filters *filters_out, struct error *err)
{
        AUTO(pod_filters)
        filters = { .items = xcalloc(words->count + 1, sizeof(*filters.items)) };

        for (size_t i = 0; i < words->count; i++) {
                if (filter_init(words->items[i], &filters.items[filters.count], err) < 0)
                        return -1;
                filters.count++;
        }
        *filters_out = filters;
        filters = (struct pod_filters){ 0 };
        return 0;
}

bool pod_filters_match(const struct pod_filters *filters, const struct pod *pod,
                       const struct pod_members *members)
{
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                size_t asked = 0, matched = 0;

                for (size_t i = 0; i < filters->count; i++) {
                        if (filters->items[i].kind != &kinds[k])
                                continue;
                        asked++;
                        matched += kinds[k].match(&filters->items[i], pod, members);
                }
                if (asked > 0 && (kinds[k].all ? matched < asked : matched == 0))
                        return false;
        }
        return true;
}
