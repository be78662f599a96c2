/* --filter KEY=VALUE. See filter.h. */
#include "cli/options/filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/opt.h"
#include "cli/output/human.h"

#include <string.h>
#include <strings.h>

/* podman has the keys of events in any case. */
static const struct filter_kind *find_kind(const struct filter_table *table, const char *key)
{
        for (const struct filter_kind *kind = table->kinds; kind->key; kind++)
                if (strcasecmp(kind->key, key) == 0)
                        return kind;
        return NULL;
}

static int refuse_key(const struct filter_table *table, const char *key, struct error *err)
{
        AUTO(strv) keys = { 0 };
        AUTO_FREE char *all = NULL;

        for (const struct filter_kind *kind = table->kinds; kind->key; kind++)
                strv_add(&keys, kind->key);
        all = strv_join(&keys, ", ");
        error_set(err, ERROR_USAGE, table->unknown ? table->unknown : "%s is an invalid filter",
                  key);
        return error_cure(err, "there are %s", all);
}

static int filter_init(const struct filter_table *table, const char *word, const void *world,
                       struct filter *filter, struct error *err)
{
        const char *equals = strchr(word, '=');
        AUTO_FREE char *key = xstrndup(word, strcspn(word, "="));

        *filter = (struct filter){ .kind = find_kind(table, key) };
        if (equals)
                filter->value = equals + 1;
        else if (filter->kind)
                filter->value = filter->kind->implied;
        if (!filter->value)
                return error_set(
                        err, ERROR_USAGE,
                        table->no_value ? table->no_value : "filter \"%s\" is not KEY=VALUE", word);
        if (!filter->kind)
                return refuse_key(table, key, err);
        return filter->kind->prepare ? filter->kind->prepare(filter, world, err) : 0;
}

void filters_release(struct filters *filters)
{
        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].compiled)
                        regfree(&filters->items[i].regex);
        free(filters->items);
        *filters = (struct filters){ 0 };
}

int filters_init(const struct filter_table *table, const struct strv *words, const void *world,
                 struct filters *filters_out, struct error *err)
{
        AUTO(filters) filters = { .items = xcalloc(words->count + 1, sizeof(*filters.items)) };

        for (size_t i = 0; i < words->count; i++, filters.count++)
                if (filter_init(table, words->items[i], world, &filters.items[i], err) < 0)
                        return -1;
        *filters_out = filters;
        filters = (struct filters){ 0 };
        return 0;
}

static bool kind_matches(const struct filters *filters, const struct filter_kind *kind,
                         const void *object)
{
        size_t asked = 0, matched = 0;

        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].kind == kind) {
                        asked++;
                        matched += kind->match(&filters->items[i], object);
                }
        return kind->all ? matched == asked : matched > 0;
}

bool filters_match(const struct filters *filters, const void *object)
{
        for (size_t i = 0; i < filters->count; i++)
                if (!kind_matches(filters, filters->items[i].kind, object))
                        return false;
        return true;
}

bool filters_have(const struct filters *filters, const char *key)
{
        for (size_t i = 0; i < filters->count; i++)
                if (strcmp(filters->items[i].kind->key, key) == 0)
                        return true;
        return false;
}

int filter_compile(struct filter *filter, const char *pattern, struct error *err)
{
        char why[128];
        int rc = regcomp(&filter->regex, pattern, REG_EXTENDED | REG_NOSUB);

        filter->compiled = rc == 0;
        if (rc == 0)
                return 0;
        regerror(rc, &filter->regex, why, sizeof(why));
        return error_set(err, ERROR_USAGE, "filter %s=%s: %s", filter->kind->key, pattern, why);
}

int filter_pattern(struct filter *filter, const void *world, struct error *err)
{
        (void)world;
        return filter_compile(filter, filter->value, err);
}

int filter_time(struct filter *filter, const void *world, struct error *err)
{
        (void)world;
        if (human_parse_time(filter->value, &filter->number, err) == 0)
                return 0;
        return error_context(err, "filter %s", filter->kind->key);
}

int filter_bool(struct filter *filter, const void *world, struct error *err)
{
        (void)world;
        if (opt_parse_bool(filter->value, &filter->yes))
                return 0;
        return error_set(err, ERROR_USAGE, "filter %s=%s: not true or false", filter->kind->key,
                         filter->value);
}

int filter_check_word(const struct filter *filter, const char *const *words, const char *sentence,
                      struct error *err)
{
        for (; *words; words++)
                if (strcmp(*words, filter->value) == 0)
                        return 0;
        return error_set(err, ERROR_USAGE, sentence, filter->value);
}

bool filter_fits(const struct filter *filter, const char *text)
{
        return regexec(&filter->regex, text, 0, NULL, 0) == 0;
}

bool filter_fits_id(const struct filter *filter, const char *id)
{
        if (filter->value[strspn(filter->value, "0123456789abcdefABCDEF")] == '\0')
                return strncasecmp(id, filter->value, strlen(filter->value)) == 0;
        return filter_fits(filter, id);
}

bool filter_has_pair(const struct filter *filter, const struct strv *pairs)
{
        const char *equals = strchr(filter->value, '=');
        AUTO_FREE char *key = xstrndup(filter->value, strcspn(filter->value, "="));
        const char *value = strv_env_get(pairs, key);

        if (!value)
                return !equals && strv_contains(pairs, key);
        return !equals || strcmp(value, equals + 1) == 0;
}
