/* The directories with Quadlet files of a user, podman-systemd.unit(5). What is linked is followed;
 * none is read twice, so that links cannot lead in circles. */
#include "cli/quadlet/quadlet_load.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *text, const char *ending)
{
        size_t len = strlen(text), tail = strlen(ending);

        return len >= tail && strcmp(text + len - tail, ending) == 0;
}

static bool is_number(const char *name)
{
        return name[0] && name[strspn(name, "0123456789")] == '\0';
}

/* The directory and those below it, without drop-ins. others: below it numbers are the directories
 * of single users, and not this one's. */
static void add_tree(struct strv *directories, const char *path, bool others)
{
        AUTO_FREE char *real = realpath(path, NULL);
        AUTO_CLOSE int fd = real ? open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        AUTO(strv) names = { 0 };

        if (fd < 0 || strv_contains(directories, real) || ends_with(real, ".d") ||
            directories->count >= LIMIT_UNITS || path_list_names(fd, &names, NULL) < 0)
                return;
        strv_add(directories, real);
        if (names.count > 0)
                qsort(names.items, names.count, sizeof(*names.items), by_name);
        for (size_t i = 0; i < names.count; i++) {
                AUTO_FREE char *below = path_join(real, names.items[i]);

                if (!others || !is_number(names.items[i]))
                        add_tree(directories, below, false);
        }
}

static int add_from_environment(struct strv *directories, const char *list, struct error *err)
{
        AUTO(strv) paths = { 0 };

        strv_split(&paths, list, ':');
        for (size_t i = 0; i < paths.count; i++) {
                if (paths.items[i][0] != '/')
                        return error_set(err, ERROR_USAGE,
                                         "QUADLET_UNIT_DIRS: \"%s\" is no absolute path",
                                         paths.items[i]);
                add_tree(directories, paths.items[i], false);
        }
        return 0;
}

static char *config_directory(void)
{
        const char *set = getenv("XDG_CONFIG_HOME");
        const char *home = getenv("HOME");
        const struct passwd *user = home && home[0] ? NULL : getpwuid(getuid());

        if (set && set[0] == '/')
                return xasprintf("%s/containers/systemd", set);
        if (user)
                home = user->pw_dir;
        return xasprintf("%s/.config/containers/systemd", home ? home : "");
}

static void add_for_users(struct strv *directories, const char *base)
{
        AUTO_FREE char *all = xasprintf("%s/users", base);
        AUTO_FREE char *own = xasprintf("%s/users/%u", base, (unsigned)getuid());

        add_tree(directories, own, false);
        add_tree(directories, all, true);
}

int quadlet_load_directories(struct strv *directories_out, struct error *err)
{
        const char *given = getenv("QUADLET_UNIT_DIRS");
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        AUTO_FREE char *config = NULL;

        if (given && given[0])
                return add_from_environment(directories_out, given, err);
        if (runtime && runtime[0] == '/') {
                AUTO_FREE char *path = xasprintf("%s/containers/systemd", runtime);

                add_tree(directories_out, path, false);
        }
        config = config_directory();
        add_tree(directories_out, config, false);
        add_for_users(directories_out, "/etc/containers/systemd");
        add_for_users(directories_out, "/usr/share/containers/systemd");
        return 0;
}
