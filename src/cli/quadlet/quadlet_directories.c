/* The directories with Quadlet files of a user, podman-systemd.unit(5). What is linked is followed;
 * none is read twice, so that links cannot lead in circles. */
#include "cli/quadlet/quadlet_load.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

void quadlet_list_names(const char *directory, struct strv *names)
{
        AUTO_CLOSE int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0 && path_list_names(fd, names, NULL) == 0)
                strv_sort(names);
}

static bool is_number(const char *name)
{
        return name[0] && name[strspn(name, "0123456789")] == '\0';
}

/* A directory that is not yet there. */
static bool is_new(const struct strv *directories, const char *real)
{
        struct stat st;

        return stat(real, &st) == 0 && S_ISDIR(st.st_mode) && !path_ends_with(real, ".d") &&
               !strv_contains(directories, real);
}

/* The directory and those below it, without drop-ins. others: below it numbers are the directories
 * of single users, and not this one's. False: there are too many. */
static bool add_tree(struct strv *directories, const char *path, bool others)
{
        AUTO_FREE char *real = realpath(path, NULL);
        AUTO(strv) names = { 0 };

        if (!real || !is_new(directories, real))
                return true;
        if (directories->count >= LIMIT_UNITS)
                return false;
        strv_add(directories, real);
        quadlet_list_names(real, &names);
        for (size_t i = 0; i < names.count; i++) {
                AUTO_FREE char *below = path_join(real, names.items[i]);

                if ((!others || !is_number(names.items[i])) && !add_tree(directories, below, false))
                        return false;
        }
        return true;
}

static void add_all(struct strv *directories, const char *path, bool others)
{
        if (!add_tree(directories, path, others))
                log_warn("%s: there are more than %d directories of Quadlet files: the rest is "
                         "left out, continuing",
                         path, LIMIT_UNITS);
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
                add_all(directories, paths.items[i], false);
        }
        return 0;
}

static char *config_directory(void)
{
        char *path = path_in_config("containers/systemd");
        const struct passwd *user = path ? NULL : getpwuid(getuid());

        return user ? xasprintf("%s/.config/containers/systemd", user->pw_dir) : path;
}

static void add_for_users(struct strv *directories, const char *base)
{
        AUTO_FREE char *all = xasprintf("%s/users", base);
        AUTO_FREE char *own = xasprintf("%s/users/%u", base, (unsigned)getuid());

        add_all(directories, own, false);
        add_all(directories, all, true);
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

                add_all(directories_out, path, false);
        }
        config = config_directory();
        if (config)
                add_all(directories_out, config, false);
        add_for_users(directories_out, "/etc/containers/systemd");
        add_for_users(directories_out, "/usr/share/containers/systemd");
        return 0;
}
