/* Links that have a generated unit started (systemd.unit(5), [Install]). Of a template the instance
 * DefaultInstance= is linked; without that there is nothing to start. */
#include "cli/quadlet/quadlet_install.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/quadlet/unit_name.h"
#include "cli/quadlet/unit_words.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int words_of(const struct quadlet *quadlet, const char *key, struct strv *words,
                    struct error *err)
{
        AUTO(strv) values = { 0 };

        unit_file_all(&quadlet->unit, "Install", key, &values);
        for (size_t i = 0; i < values.count; i++)
                if (unit_words_split(values.items[i], words, err) < 0)
                        return error_context(err, "%s=", key);
        return 0;
}

/* In place of an older link; a unit stays. */
static int link_to(int directory_fd, const char *name, const char *target, struct error *err)
{
        struct stat st;
        bool there = fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

        if (there && !S_ISLNK(st.st_mode))
                return error_set(err, ERROR_EXISTS, "%s is a unit already", name);
        if (there && unlinkat(directory_fd, name, 0) < 0)
                return error_sys(err, errno, "remove %s", name);
        if (symlinkat(target, directory_fd, name) < 0)
                return error_sys(err, errno, "link %s to %s", name, target);
        return 0;
}

static int add_aliases(const struct quadlet *quadlet, int directory_fd, struct error *err)
{
        AUTO(strv) aliases = { 0 };
        int rc = words_of(quadlet, "Alias", &aliases, err);

        for (size_t i = 0; i < aliases.count; i++) {
                const char *alias = aliases.items[i];

                if (!unit_name_is_valid(alias) || !path_ends_with(alias, ".service") ||
                    strcmp(alias, quadlet->service) == 0)
                        rc = error_set(err, ERROR_INVALID, "Alias=%s is no name for it", alias);
                else if (directory_fd >= 0 &&
                         link_to(directory_fd, alias, quadlet->service, err) < 0)
                        rc = -1;
        }
        return rc;
}

/* NULL: a template without an instance. */
static char *started_name(const struct quadlet *quadlet)
{
        const char *instance = unit_file_get(&quadlet->unit, "Install", "DefaultInstance");
        AUTO_FREE char *stem = unit_name_stem(quadlet->service);

        if (!unit_name_is_template(quadlet->service))
                return xstrdup(quadlet->service);
        return instance && instance[0] ? xasprintf("%s%s.service", stem, instance) : NULL;
}

static int link_in(int directory_fd, const char *unit, const char *kind, const char *name,
                   const char *service, struct error *err)
{
        AUTO_FREE char *place = xasprintf("%s.%s", unit, kind);
        AUTO_FREE char *path = xasprintf("%s/%s", place, name);
        AUTO_FREE char *target = xasprintf("../%s", service);

        if (mkdirat(directory_fd, place, 0755) < 0 && errno != EEXIST)
                return error_sys(err, errno, "make %s", place);
        return link_to(directory_fd, path, target, err);
}

static int add_wanted(const struct quadlet *quadlet, const char *key, const char *kind,
                      int directory_fd, struct error *err)
{
        AUTO(strv) units = { 0 };
        AUTO_FREE char *name = started_name(quadlet);
        int rc = words_of(quadlet, key, &units, err);

        for (size_t i = 0; name && i < units.count; i++) {
                bool named = unit_name_is_valid(name);

                if (!named || !unit_name_is_valid(units.items[i]))
                        rc = error_set(err, ERROR_INVALID, "%s=%s: \"%s\" is no unit's name", key,
                                       units.items[i], named ? units.items[i] : name);
                else if (directory_fd >= 0 && link_in(directory_fd, units.items[i], kind, name,
                                                      quadlet->service, err) < 0)
                        rc = -1;
        }
        return rc;
}

int quadlet_install(const struct quadlet *quadlet, int directory_fd, struct error *err)
{
        int rc = add_aliases(quadlet, directory_fd, err);

        if (add_wanted(quadlet, "WantedBy", "wants", directory_fd, err) < 0 ||
            add_wanted(quadlet, "RequiredBy", "requires", directory_fd, err) < 0 ||
            add_wanted(quadlet, "UpheldBy", "upholds", directory_fd, err) < 0)
                rc = -1;
        return rc < 0 ? error_context(err, "installing \"%s\"", quadlet->name) : 0;
}
