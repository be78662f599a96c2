/* What the units of all kinds have: the file's own groups, of which systemd passes over those that
 * it does not know when their names begin with "X-"; dependencies on other Quadlet files, in the
 * names of their services; the network first, and where it came from. */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cli/quadlet/quadlet_refer.h"
#include "cli/quadlet/unit_name.h"
#include "cli/quadlet/unit_words.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER_FLAG "--cgroup-manager"
#define STOP_MARGIN  30 /* seconds: to kill, and to remove */

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

void quadlet_is_oneshot(struct conversion *c, bool remains)
{
        quadlet_default(c, "SyslogIdentifier", "%N");
        quadlet_default(c, "Type", "oneshot");
        if (remains)
                quadlet_default(c, "RemainAfterExit", "yes");
}

void quadlet_wait_longer(struct conversion *c, const char *seconds)
{
        char *end = NULL;
        long number = strtol(seconds, &end, 10);
        AUTO_FREE char *longer = NULL;

        if (*end || number < 0 || number > INT_MAX ||
            unit_file_get(unit_of(c), "Service", "TimeoutSec"))
                return;
        longer = xasprintf("%ld", number + STOP_MARGIN);
        quadlet_default(c, "TimeoutStopSec", longer);
}

/* GlobalArgs= may say something else. */
int quadlet_begin_delegated(struct conversion *c, struct error *err)
{
        bool named = false;

        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        for (size_t i = 1; i < c->words.count; i++)
                named = named ||
                        strncmp(c->words.items[i], MANAGER_FLAG, strlen(MANAGER_FLAG)) == 0;
        if (!named)
                strv_add(&c->words, MANAGER_FLAG "=cgroupfs");
        unit_file_set(unit_of(c), "Service", "Delegate", "yes");
        return 0;
}

/* A unit's name. A specifier may be any part of it, its ending too. */
static bool is_dependency(const char *word)
{
        AUTO(strbuf) name = { 0 };
        bool specifier = false;

        for (const char *c = word; *c; c++) {
                specifier = *c == '%';
                if (specifier && (*++c == '\0' || *c == '%'))
                        return false;
                strbuf_addc(&name, specifier ? 'x' : *c);
        }
        if (specifier)
                strbuf_adds(&name, ".service");
        return name.data && unit_name_is_valid(name.data);
}

static bool has_quadlet(const struct strv *words)
{
        enum quadlet_kind kind;

        for (size_t i = 0; i < words->count; i++)
                if (quadlet_kind_of(words->items[i], &kind))
                        return true;
        return false;
}

/* "web.container" in a dependency is its service; NULL on error. */
static char *dependency(const struct conversion *c, const char *word, struct error *err)
{
        enum quadlet_kind kind;

        if (quadlet_kind_of(word, &kind))
                return quadlet_refer_service(c, word, err);
        if (is_dependency(word))
                return xstrdup(word);
        error_set(err, ERROR_INVALID, "\"%s\" is no unit's name", word);
        return NULL;
}

/* What has no Quadlet file in it systemd reads as it is. */
static int translate(struct conversion *c, const char *key, struct error *err)
{
        AUTO(strv) values = { 0 };
        AUTO(strv) words = { 0 };
        AUTO(strbuf) translated = { 0 };

        unit_file_all(&c->quadlet->source, "Unit", key, &values);
        for (size_t i = 0; i < values.count; i++)
                if (unit_words_split(values.items[i], &words, err) < 0)
                        return error_context(err, "%s=", key);
        if (!has_quadlet(&words))
                return 0;
        for (size_t i = 0; i < words.count; i++) {
                AUTO_FREE char *name = dependency(c, words.items[i], err);

                if (!name)
                        return error_context(err, "%s=", key);
                strbuf_addf(&translated, "%s%s", i > 0 ? " " : "", name);
        }
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
        c->quadlet->waits = network;
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
        AUTO_FREE char *path = unit_words_literal(quadlet->path, false);
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
        case QUADLET_POD:
                return quadlet_convert_pod(c, err);
        case QUADLET_VOLUME:
                return quadlet_convert_volume(c, err);
        case QUADLET_IMAGE:
                return quadlet_convert_image(c, err);
        case QUADLET_BUILD:
                return quadlet_convert_build(c, err);
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
