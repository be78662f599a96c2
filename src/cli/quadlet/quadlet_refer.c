/* References of a Quadlet file. See quadlet_refer.h. */
#include "cli/quadlet/quadlet_refer.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "cli/quadlet/unit_name.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

/* In [Unit], unless it says so already: several keys may name one file. */
static void add_once(struct conversion *c, const char *key, const char *value)
{
        struct unit_file *unit = &c->quadlet->unit;
        AUTO(strv) values = { 0 };

        unit_file_all(unit, "Unit", key, &values);
        if (!strv_contains(&values, value))
                unit_file_add(unit, "Unit", key, value);
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

static char *service_of(const struct conversion *c, const struct quadlet *other, struct error *err)
{
        AUTO_FREE char *stem = unit_name_stem(other->service);

        if (!unit_name_is_template(other->service))
                return xstrdup(other->service);
        if (unit_name_has_instance(c->quadlet->service))
                return xasprintf("%s%%i.service", stem);
        error_set(err, ERROR_INVALID, "%s is a template, and this is no instance of one",
                  other->name);
        return NULL;
}

char *quadlet_refer_service(const struct conversion *c, const char *name, struct error *err)
{
        const struct quadlet *other = find(c, name, err);

        return other ? service_of(c, other, err) : NULL;
}

static int refer(struct conversion *c, const char *dependency, const char *name,
                 char **resource_out, struct error *err)
{
        const struct quadlet *other = find(c, name, err);
        AUTO_FREE char *service = other ? service_of(c, other, err) : NULL;

        if (!service)
                return -1;
        if (!other->resource)
                return error_set(err, ERROR_INVALID, "%s names no image", name);
        if (other->resource_is_own)
                return error_set(err, ERROR_INVALID,
                                 "%s is called %s, which is another name in this unit", name,
                                 other->resource);
        add_once(c, dependency, service);
        add_once(c, "After", service);
        *resource_out = xstrdup(other->resource);
        return 0;
}

int quadlet_refer(struct conversion *c, const char *name, char **resource_out, struct error *err)
{
        return refer(c, "Requires", name, resource_out, err);
}

int quadlet_refer_bound(struct conversion *c, const char *name, char **resource_out,
                        struct error *err)
{
        return refer(c, "BindsTo", name, resource_out, err);
}

static int need_mounts_for(struct conversion *c, const char *source, struct error *err)
{
        AUTO_FREE char *path = quadlet_path(c->quadlet, source, false);
        AUTO_FREE char *quoted = unit_words_quote(path);

        if (!utf8_is_printable(path)) /* nothing in this key would be one */
                return error_set(err, ERROR_INVALID,
                                 "a control character, or what is no UTF-8, in a path");
        add_once(c, "RequiresMountsFor", quoted);
        return 0;
}

int quadlet_refer_source(struct conversion *c, const char *source, bool may_be_image,
                         char **source_out, struct error *err)
{
        enum quadlet_kind kind;

        if (source[0] == '/' || source[0] == '.') {
                if (need_mounts_for(c, source, err) < 0)
                        return -1;
                *source_out = quadlet_path(c->quadlet, source, true);
                return 0;
        }
        if (!strchr(source, '/') && quadlet_kind_of(source, &kind) &&
            (kind == QUADLET_VOLUME || (may_be_image && kind == QUADLET_IMAGE)))
                return quadlet_refer(c, source, source_out, err);
        *source_out = xstrdup(source);
        return 0;
}

int quadlet_refer_volumes(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO(strv) values = { 0 };

        unit_file_all(&c->quadlet->source, quadlet_group(c->quadlet->kind), key->name, &values);
        for (size_t i = 0; i < values.count; i++) {
                const char *value = values.items[i], *colon = strchr(value, ':');
                AUTO_FREE char *given = colon ? xstrndup(value, (size_t)(colon - value)) : NULL;
                AUTO_FREE char *source = NULL;
                AUTO_FREE char *whole = NULL;

                if (given && given[0] && quadlet_refer_source(c, given, false, &source, err) < 0)
                        return error_context(err, "Volume=%s", value);
                whole = source ? xasprintf("%s%s", source, colon) : xstrdup(value);
                quadlet_add_flag(c, key, whole);
        }
        return 0;
}

int quadlet_refer_networks(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO(strv) values = { 0 };

        unit_file_all(&c->quadlet->source, quadlet_group(c->quadlet->kind), key->name, &values);
        for (size_t i = 0; i < values.count; i++) {
                AUTO_FREE char *name = xstrndup(values.items[i], strcspn(values.items[i], ":"));
                AUTO_FREE char *resource = NULL;
                AUTO_FREE char *joined = NULL;
                enum quadlet_kind kind;

                if (!quadlet_kind_of(name, &kind)) {
                        quadlet_add_flag(c, key, values.items[i]);
                        continue;
                }
                if (quadlet_refer(c, name, &resource, err) < 0)
                        return error_context(err, "Network=%s", values.items[i]);
                if (kind != QUADLET_CONTAINER || strchr(values.items[i], ':'))
                        return error_set(err, ERROR_INVALID, "Network=%s is no network",
                                         values.items[i]);
                joined = xasprintf("container:%s", resource);
                quadlet_add_flag(c, key, joined);
        }
        return 0;
}
