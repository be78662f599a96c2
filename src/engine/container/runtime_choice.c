/* The choice of an OCI runtime. See runtime_choice.h. */
#include "engine/container/runtime_choice.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strv.h"
#include "engine/container/containers_conf.h"

#include <string.h>

void runtime_choice_release(struct runtime_choice *choice)
{
        free(choice->name);
        free(choice->path);
        *choice = (struct runtime_choice){ 0 };
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
        const json_t *engine = NULL;
        AUTO(runtime_choice) choice = { 0 };
        bool is_path = named && strchr(named, '/');

        *choice_out = (struct runtime_choice){ 0 };
        if (named && strcmp(named, "kelp") == 0)
                return 0;
        if (!is_path) {
                const json_t *conf = containers_conf(err);

                if (!conf)
                        return -1;
                engine = json_object_get(conf, "engine");
        }
        if (!named)
                named = json_get_string(engine, "runtime", NULL);
        if (!named || !named[0] || strcmp(named, "kelp") == 0)
                return 0;
        if (strchr(named, '/')) {
                choice.path = path_absolute(named);
                if (access(choice.path, X_OK) < 0)
                        return not_found(named, err);
        } else {
                choice.path = find(named, json_object_get(engine, "runtimes"));
                if (!choice.path)
                        return not_found(named, err);
        }
        choice.name = xstrdup(named);
        *choice_out = choice;
        choice = (struct runtime_choice){ 0 };
        return 0;
}
