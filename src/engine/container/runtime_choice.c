/* The choice of an OCI runtime. See runtime_choice.h.
 *
 * Files of containers.conf(5), each going before the ones above it:
 *
 *     /usr/share/containers/containers.conf
 *     /etc/containers/containers.conf, /etc/containers/containers.conf.d/(name).conf
 *     $XDG_CONFIG_HOME/containers/containers.conf (~/.config), and its containers.conf.d
 *
 * or the one that $CONTAINERS_CONF names; $CONTAINERS_CONF_OVERRIDE goes before all. The start of a
 * container waits for this: a file without a line that begins with "runtime" is not parsed.
 */
#include "engine/container/runtime_choice.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/toml.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define CONF_NAME "/containers/containers.conf"

void runtime_choice_release(struct runtime_choice *choice)
{
        free(choice->name);
        free(choice->path);
        *choice = (struct runtime_choice){ 0 };
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_drop_ins(struct strv *files, const char *file)
{
        AUTO_FREE char *dir_name = xasprintf("%s.d", file);
        DIR *dir = opendir(dir_name);
        AUTO(strv) found = { 0 };
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                size_t len = strlen(entry->d_name);

                if (len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0)
                        strv_addf(&found, "%s/%s", dir_name, entry->d_name);
        }
        if (dir)
                closedir(dir);
        if (found.count)
                qsort(found.items, found.count, sizeof(*found.items), by_name);
        strv_extend(files, &found);
}

static void list_files(struct strv *files)
{
        const char *only = getenv("CONTAINERS_CONF"), *last = getenv("CONTAINERS_CONF_OVERRIDE");
        const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
        AUTO_FREE char *own = NULL;

        if (only && only[0]) {
                strv_add(files, only);
        } else {
                strv_add(files, "/usr/share" CONF_NAME);
                strv_add(files, "/etc" CONF_NAME);
                add_drop_ins(files, "/etc" CONF_NAME);
                if (config && config[0])
                        own = xasprintf("%s" CONF_NAME, config);
                else if (home && home[0])
                        own = xasprintf("%s/.config" CONF_NAME, home);
                if (own) {
                        strv_add(files, own);
                        add_drop_ins(files, own);
                }
        }
        if (last && last[0])
                strv_add(files, last);
}

/* Is there a line that begins with "runtime", or a table [engine.runtimes]? Neither stands there in
 * a file as it is delivered, but for an empty table. */
static bool speaks_of_runtimes(const char *text)
{
        for (const char *at = text; (at = strstr(at, "runtime")); at++) {
                const char *start = at;

                while (start > text && (start[-1] == ' ' || start[-1] == '\t'))
                        start--;
                if ((start == text || start[-1] == '\n') && strncmp(at, "runtime_", 8) != 0)
                        return true;
        }
        return false;
}

struct settings {
        char *runtime;
        json_t *runtimes;
};

static void settings_release(struct settings *settings)
{
        free(settings->runtime);
        json_decref(settings->runtimes);
}

/* whole: its tables are wanted too. */
static int read_file(const char *file, bool whole, struct settings *settings, struct error *err)
{
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *json = NULL;
        const json_t *engine;
        const char *runtime;
        size_t len;
        struct error why = { 0 };

        if (fd_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &text, &len, &why) < 0)
                return why.sys == ENOENT || why.sys == EACCES || why.sys == ENOTDIR
                               ? 0
                               : error_copy(err, &why);
        if (!whole && !speaks_of_runtimes(text))
                return 0;
        if (toml_parse(text, len, file, &json, err) < 0)
                return -1;
        engine = json_object_get(json, "engine");
        runtime = json_get_string(engine, "runtime", NULL);
        if (runtime && runtime[0]) {
                free(settings->runtime);
                settings->runtime = xstrdup(runtime);
        }
        if (json_is_object(json_object_get(engine, "runtimes")))
                json_object_update(settings->runtimes, json_object_get(engine, "runtimes"));
        return 0;
}

static int read_settings(bool whole, struct settings *settings, struct error *err)
{
        AUTO(strv) files = { 0 };

        settings->runtimes = json_object();
        list_files(&files);
        for (size_t i = 0; i < files.count; i++)
                if (read_file(files.items[i], whole, settings, err) < 0)
                        return -1;
        return 0;
}

static int not_found(const char *name, struct error *err)
{
        error_set(err, ERROR_NOT_FOUND, "the OCI runtime \"%s\" is not installed", name);
        return error_cure(err,
                          "install it, name its program by its path, or leave out --runtime (and "
                          "runtime in containers.conf) for kelp's own");
}

static char *find(const char *name, const json_t *runtimes)
{
        AUTO(strv) paths = { 0 };

        json_to_strv(json_object_get(runtimes, name), &paths);
        for (size_t i = 0; i < paths.count; i++)
                if (paths.items[i][0] == '/' && access(paths.items[i], X_OK) == 0)
                        return xstrdup(paths.items[i]);
        return path_find_program(name);
}

int runtime_choice_make(const char *named, struct runtime_choice *choice_out, struct error *err)
{
        AUTO(settings) settings = { 0 };
        AUTO(runtime_choice) choice = { 0 };
        bool is_path = named && strchr(named, '/');

        *choice_out = (struct runtime_choice){ 0 };
        if (named && strcmp(named, "kelp") == 0)
                return 0;
        if (!is_path && read_settings(named != NULL, &settings, err) < 0)
                return -1;
        if (!named)
                named = settings.runtime;
        if (!named || strcmp(named, "kelp") == 0)
                return 0;
        if (strchr(named, '/')) {
                choice.path = path_absolute(named);
                if (access(choice.path, X_OK) < 0)
                        return not_found(named, err);
        } else {
                choice.path = find(named, settings.runtimes);
                if (!choice.path)
                        return not_found(named, err);
        }
        choice.name = xstrdup(named);
        *choice_out = choice;
        choice = (struct runtime_choice){ 0 };
        return 0;
}
