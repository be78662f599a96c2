/* Filters of volumes. One is a row of the table below: what to prepare once from its value, and how
 * it holds a volume against it. */
#include "cli/volume_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/human.h"

#include <regex.h>
#include <string.h>

struct kind;

struct volume_filter {
        const struct kind *kind;
        const char *value;
        regex_t regex;
        bool compiled; /* the regex is */
        int64_t ns;
        bool yes;
};

struct kind {
        const char *key;
        bool all; /* several values must all match */
        int (*prepare)(struct volume_filter *filter, const struct volume_list *volumes,
                       struct error *err);
        bool (*match)(const struct volume_filter *filter, const struct volume *volume,
                      const struct container_list *containers);
};

static int prepare_name(struct volume_filter *f, const struct volume_list *volumes,
                        struct error *err)
{
        char why[128];
        int rc = regcomp(&f->regex, f->value, REG_EXTENDED | REG_NOSUB);

        (void)volumes;
        f->compiled = rc == 0;
        if (rc == 0)
                return 0;
        regerror(rc, &f->regex, why, sizeof(why));
        return error_set(err, ERROR_USAGE, "filter name=%s: %s", f->value, why);
}

static int prepare_bool(struct volume_filter *f, const struct volume_list *volumes,
                        struct error *err)
{
        static const char *const yes[] = { "true", "1", "t", "True", "TRUE" };
        static const char *const no[] = { "false", "0", "f", "False", "FALSE" };

        (void)volumes;
        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                f->yes = strcmp(f->value, yes[i]) == 0;
                if (f->yes || strcmp(f->value, no[i]) == 0)
                        return 0;
        }
        return error_set(err, ERROR_USAGE,
                         "\"%s\" is not a valid value for the filter: true or "
                         "false is expected",
                         f->value);
}

static int prepare_until(struct volume_filter *f, const struct volume_list *volumes,
                         struct error *err)
{
        (void)volumes;
        if (human_parse_time(f->value, &f->ns, err) == 0)
                return 0;
        return error_context(err, "filter until");
}

static int prepare_since(struct volume_filter *f, const struct volume_list *volumes,
                         struct error *err)
{
        for (size_t i = 0; i < volumes->count; i++)
                if (strcmp(volumes->items[i].name, f->value) == 0) {
                        f->ns = volumes->items[i].created_ns;
                        return 0;
                }
        return error_set(err, ERROR_NOT_FOUND,
                         "filter since: no volume with name \"%s\" found: no such volume",
                         f->value);
}

static bool match_name(const struct volume_filter *f, const struct volume *v,
                       const struct container_list *containers)
{
        (void)containers;
        return regexec(&f->regex, v->name, 0, NULL, 0) == 0;
}

static bool match_driver(const struct volume_filter *f, const struct volume *v,
                         const struct container_list *containers)
{
        (void)v;
        (void)containers;
        return strcmp(f->value, "local") == 0; /* of which scope and driver all are */
}

/* KEY, or KEY=VALUE. */
static bool has_pair(const struct strv *list, const char *wanted)
{
        AUTO_FREE char *key = xstrndup(wanted, strcspn(wanted, "="));
        const char *value = strchr(wanted, '='), *found = strv_env_get(list, key);

        if (!found)
                return !value && strv_contains(list, wanted);
        return !value || strcmp(found, value + 1) == 0;
}

static bool match_label(const struct volume_filter *f, const struct volume *v,
                        const struct container_list *containers)
{
        (void)containers;
        return has_pair(&v->labels, f->value);
}

static bool match_no_label(const struct volume_filter *f, const struct volume *v,
                           const struct container_list *containers)
{
        (void)containers;
        return !has_pair(&v->labels, f->value);
}

static bool match_option(const struct volume_filter *f, const struct volume *v,
                         const struct container_list *containers)
{
        (void)containers;
        return has_pair(&v->options, f->value);
}

static bool match_anonymous(const struct volume_filter *f, const struct volume *v,
                            const struct container_list *containers)
{
        (void)containers;
        return v->anonymous == f->yes;
}

static bool match_dangling(const struct volume_filter *f, const struct volume *v,
                           const struct container_list *containers)
{
        AUTO(strv) ids = { 0 };

        volume_users(containers, v->name, &ids);
        return (ids.count == 0) == f->yes;
}

static bool match_until(const struct volume_filter *f, const struct volume *v,
                        const struct container_list *containers)
{
        (void)containers;
        return v->created_ns < f->ns;
}

static bool match_since(const struct volume_filter *f, const struct volume *v,
                        const struct container_list *containers)
{
        (void)containers;
        return v->created_ns > f->ns;
}

static const struct kind kinds[] = {
        { "name", false, prepare_name, match_name },
        { "driver", false, NULL, match_driver },
        { "scope", false, NULL, match_driver },
        { "label", true, NULL, match_label },
        { "label!", true, NULL, match_no_label },
        { "opt", true, NULL, match_option },
        { "anonymous", true, prepare_bool, match_anonymous },
        { "dangling", true, prepare_bool, match_dangling },
        { "until", true, prepare_until, match_until },
        { "since", true, prepare_since, match_since },
        { "after", true, prepare_since, match_since },
};

static int filter_init(const char *word, const struct volume_list *volumes,
                       struct volume_filter *filter, struct error *err)
{
        size_t len = strcspn(word, "=");

        *filter = (struct volume_filter){ 0 };
        if (!word[len])
                return error_set(err, ERROR_USAGE,
                                 "filter \"%s\" is not KEY=VALUE: invalid argument", word);
        filter->value = word + len + 1;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strlen(kinds[i].key) == len && strncmp(kinds[i].key, word, len) == 0)
                        filter->kind = &kinds[i];
        if (!filter->kind)
                return error_set(err, ERROR_USAGE, "\"%.*s\" is an invalid volume filter", (int)len,
                                 word);
        return filter->kind->prepare ? filter->kind->prepare(filter, volumes, err) : 0;
}

void volume_filters_release(struct volume_filters *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].compiled)
                        regfree(&filters->items[i].regex);
        free(filters->items);
        *filters = (struct volume_filters){ 0 };
}

int volume_filters_init(const struct strv *words, const struct volume_list *volumes,
                        struct volume_filters *filters_out, struct error *err)
{
        AUTO(volume_filters)
        filters = { .items = xcalloc(words->count + 1, sizeof(*filters.items)) };

        for (size_t i = 0; i < words->count; i++) {
                if (filter_init(words->items[i], volumes, &filters.items[filters.count], err) < 0)
                        return -1;
                filters.count++;
        }
        *filters_out = filters;
        filters = (struct volume_filters){ 0 };
        return 0;
}

bool volume_filters_match(const struct volume_filters *filters, const struct volume *volume,
                          const struct container_list *containers)
{
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                size_t asked = 0, matched = 0;

                for (size_t i = 0; i < filters->count; i++) {
                        if (filters->items[i].kind != &kinds[k])
                                continue;
                        asked++;
                        matched += kinds[k].match(&filters->items[i], volume, containers);
                }
                if (asked > 0 && (kinds[k].all ? matched < asked : matched == 0))
                        return false;
        }
        return true;
}
