/* What the units of all kinds have: the file's own groups, of which systemd passes over those that
 * it does not know when their names begin with "X-"; dependencies on other Quadlet files, in the
 * names of their services; the network first, and where it came from. */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

static struct unit_file *unit_of(struct conversion *c)
{
        return &c->quadlet->unit;
}

void quadlet_add_command(struct conversion *c, const char *key, const char *prefix)
{
        AUTO_FREE char *line = unit_words_join(&c->words);
        AUTO_FREE char *value = xasprintf("%s%s", prefix, line);

        unit_file_add(unit_of(c), "Service", key, value);
}

void quadlet_default(struct conversion *c, const char *key, const char *value)
{
        if (!unit_file_get(unit_of(c), "Service", key))
                unit_file_set(unit_of(c), "Service", key, value);
}

void quadlet_is_oneshot(struct conversion *c)
{
        quadlet_default(c, "SyslogIdentifier", "%N");
        quadlet_default(c, "Type", "oneshot");
        quadlet_default(c, "RemainAfterExit", "yes");
}

/* In [Unit], unless it says so already: several keys may name one file. */
static void add_once(struct conversion *c, const char *key, const char *value)
{
        AUTO(strv) values = { 0 };

        unit_file_all(unit_of(c), "Unit", key, &values);
        if (!strv_contains(&values, value))
                unit_file_add(unit_of(c), "Unit", key, value);
}

static const struct quadlet *find(const struct conversion *c, const char *name, struct error *err)
{
        const struct quadlet *quadlet = quadlet_find(c->list, name);
        const char *why = quadlet_why_refused(name);

        if (why) {
                error_set(err, ERROR_UNSUPPORTED, "%s is not supported: %s", name, why);
                return NULL;
        }
        if (!quadlet)
                error_set(err, ERROR_NOT_FOUND, "there is no %s beside the Quadlet files", name);
        return quadlet;
}

/* Of a template the instance is needed that has this unit's. */
static char *needed_service(const struct quadlet *quadlet)
{
        size_t stem = strlen(quadlet->service) - strlen(".service");

        if (stem > 0 && quadlet->service[stem - 1] == '@')
                return xasprintf("%.*s%%i.service", (int)stem, quadlet->service);
        return xstrdup(quadlet->service);
}

int quadlet_refer(struct conversion *c, const char *name, char **resource_out, struct error *err)
{
        const struct quadlet *other = find(c, name, err);
        AUTO_FREE char *service = NULL;

        if (!other)
                return -1;
        if (!other->resource)
                return error_set(err, ERROR_INVALID, "%s names no image", name);
        service = needed_service(other);
        add_once(c, "Requires", service);
        add_once(c, "After", service);
        *resource_out = xstrdup(other->resource);
        return 0;
}

int quadlet_source(struct conversion *c, const char *source, char **source_out, struct error *err)
{
        enum quadlet_kind kind;
        AUTO_FREE char *path = NULL;
        AUTO_FREE char *quoted = NULL;

        if (source[0] != '/' && source[0] != '.') {
                if (quadlet_kind_of(source, &kind))
                        return quadlet_refer(c, source, source_out, err);
                *source_out = xstrdup(source);
                return 0;
        }
        path = quadlet_path(c->quadlet, source);
        quoted = unit_words_quote(path);
        add_once(c, "RequiresMountsFor", quoted);
        *source_out = take_ptr(path);
        return 0;
}

/* It can stand without quotes, and at the end of a line. */
static bool is_unit_name(const char *word)
{
        size_t len = strlen(word);

        return len > 0 && !strpbrk(word, " \t\"'") && word[len - 1] != '\\';
}

/* "web.container" in a dependency is its service. */
static int translate(struct conversion *c, const char *key, struct error *err)
{
        AUTO(strv) values = { 0 };
        AUTO(strv) words = { 0 };
        AUTO(strbuf) translated = { 0 };
        bool any = false;

        unit_file_all(&c->quadlet->source, "Unit", key, &values);
        for (size_t i = 0; i < values.count; i++)
                if (unit_words_split(values.items[i], &words, err) < 0)
                        return -1;
        for (size_t i = 0; i < words.count; i++) {
                enum quadlet_kind kind;
                bool is_quadlet = quadlet_kind_of(words.items[i], &kind);
                const struct quadlet *other = is_quadlet ? find(c, words.items[i], err) : NULL;
                AUTO_FREE char *service = other ? needed_service(other) : NULL;

                if (is_quadlet && !other)
                        return error_context(err, "%s=", key);
                if (!is_unit_name(words.items[i]))
                        return error_set(err, ERROR_INVALID, "%s=: \"%s\" is no unit's name", key,
                                         words.items[i]);
                any = any || is_quadlet;
                strbuf_addf(&translated, "%s%s", i > 0 ? " " : "",
                            is_quadlet ? service : words.items[i]);
        }
        if (!any)
                return 0;
        unit_file_unset(unit_of(c), "Unit", key);
        unit_file_add(unit_of(c), "Unit", key, translated.data);
        return 0;
}

static int translate_all(struct conversion *c, struct error *err)
{
        static const char *const keys[] = {
                "After",
                "Before",
                "BindsTo",
                "Conflicts",
                "OnFailure",
                "OnSuccess",
                "PartOf",
                "PropagatesReloadTo",
                "Requires",
                "Requisite",
                "Upholds",
                "ReloadPropagatedFrom",
                "Wants",
                "PropagatesStopTo",
                "StopPropagatedFrom",
        };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (translate(c, keys[i], err) < 0)
                        return -1;
        return 0;
}

static int take_quadlet_group(struct conversion *c, struct error *err)
{
        const struct unit_group *group = unit_file_group(&c->quadlet->source, "Quadlet");
        bool network = true;

        for (size_t i = 0; group && i < group->count; i++)
                if (strcmp(group->lines[i].key, "DefaultDependencies") != 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "unsupported key '%s' in group 'Quadlet' in %s",
                                         group->lines[i].key, c->quadlet->path);
        if (unit_file_bool(&c->quadlet->source, "Quadlet", "DefaultDependencies", &network, err) <
            0)
                return -1;
        if (network) {
                unit_file_prepend(unit_of(c), "Unit", "After", QUADLET_WAIT_UNIT);
                unit_file_prepend(unit_of(c), "Unit", "Wants", QUADLET_WAIT_UNIT);
        }
        return 0;
}

/* They make the service another user's, who has another store. */
static void warn_of_users(const struct quadlet *quadlet)
{
        static const char *const keys[] = { "User", "Group", "DynamicUser" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (unit_file_get(&quadlet->source, "Service", keys[i]))
                        log_warn("%s: %s= in [Service] is not supported: a container is its "
                                 "user's; it is left in the unit",
                                 quadlet->name, keys[i]);
}

static int begin(struct conversion *c, struct error *err)
{
        struct quadlet *quadlet = c->quadlet;
        const char *group = quadlet_group(quadlet->kind);
        AUTO_FREE char *path = unit_words_literal(quadlet->path);
        AUTO_FREE char *hidden = xasprintf("X-%s", group);

        if (!unit_file_group(&quadlet->source, group))
                return error_set(err, ERROR_INVALID, "there is no group [%s]", group);
        warn_of_users(quadlet);
        unit_file_copy(&quadlet->unit, &quadlet->source);
        if (translate_all(c, err) < 0 || take_quadlet_group(c, err) < 0)
                return -1;
        unit_file_add(&quadlet->unit, "Unit", "SourcePath", path);
        unit_file_rename_group(&quadlet->unit, group, hidden);
        unit_file_rename_group(&quadlet->unit, "Quadlet", "X-Quadlet");
        return 0;
}

static int convert(struct conversion *c, struct error *err)
{
        switch (c->quadlet->kind) {
        case QUADLET_CONTAINER:
                return quadlet_convert_container(c, err);
        case QUADLET_VOLUME:
                return quadlet_convert_volume(c, err);
        case QUADLET_IMAGE:
                return quadlet_convert_image(c, err);
        case QUADLET_REFUSED:
                break;
        }
        return -1;
}

int quadlet_convert(const struct quadlet_list *list, struct quadlet *quadlet, const char *program,
                    struct error *err)
{
        struct conversion c = { .list = list, .quadlet = quadlet, .program = program };
        int rc;

        if (quadlet->kind == QUADLET_REFUSED)
                return error_set(err, ERROR_UNSUPPORTED, "%s is not supported: %s", quadlet->path,
                                 quadlet_why_refused(quadlet->name));
        rc = begin(&c, err) < 0 || convert(&c, err) < 0 ? -1 : 0;
        strv_release(&c.words);
        return rc < 0 ? error_context(err, "converting \"%s\"", quadlet->name) : 0;
}
