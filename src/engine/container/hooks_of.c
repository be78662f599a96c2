/* See hooks_of.h. All of a hook's conditions have to hold, and one at least has to be there; of
 * its commands one is enough. */
#include "engine/container/hooks_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/regex_bound.h"
#include "engine/runtime/hooks.h"

#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool valid_pattern(const char *pattern)
{
        regex_t regex;

        if (!pattern || !regex_is_bounded(pattern) ||
            regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
                return false;
        regfree(&regex);
        return true;
}

static bool matches(const char *pattern, const char *text)
{
        regex_t regex;
        bool match;

        if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
                return false;
        match = regexec(&regex, text, 0, NULL, 0) == 0;
        regfree(&regex);
        return match;
}

static int check_patterns(const json_t *when, struct error *err)
{
        const json_t *commands = json_object_get(when, "commands");
        const char *key;
        json_t *value;
        size_t i;

        json_object_foreach (json_object_get(when, "annotations"), key, value) {
                if (!valid_pattern(key) || !valid_pattern(json_string_value(value)))
                        return error_set(err, ERROR_INVALID, "invalid annotation pattern \"%s\"",
                                         key);
        }
        json_array_foreach (commands, i, value) {
                if (!valid_pattern(json_string_value(value)))
                        return error_set(err, ERROR_INVALID, "invalid command pattern %zu", i);
        }
        return 0;
}

static bool is_stage(const char *name)
{
        for (int kind = 0; kind < HOOK_KIND_COUNT; kind++)
                if (strcmp(hooks_kind_name((enum hook_kind)kind), name) == 0)
                        return true;
        return false;
}

static int check_stages(const json_t *stages, struct error *err)
{
        json_t *stage;
        size_t i;

        if (!json_is_array(stages))
                return error_set(err, ERROR_INVALID, "missing required property: stages");
        json_array_foreach (stages, i, stage) {
                const char *name = json_is_string(stage) ? json_string_value(stage) : "";

                if (strcmp(name, "precreate") == 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "hooks of the stage precreate are not supported: they "
                                         "change the specification; write it with other options");
                if (!is_stage(name))
                        return error_set(err, ERROR_INVALID, "unknown stage \"%s\"", name);
        }
        return 0;
}

int hooks_of_check(const json_t *hook, struct error *err)
{
        const char *version = json_get_string(hook, "version", "");
        const char *path = json_get_string(json_object_get(hook, "hook"), "path", "");

        if (strcmp(version, "1.0.0") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "unrecognized hook version: \"%s\", 1.0.0 is known", version);
        if (!path[0])
                return error_set(err, ERROR_INVALID, "missing required property: hook.path");
        if (access(path, F_OK) < 0)
                return error_sys(err, errno, "the hook %s", path);
        return check_patterns(json_object_get(hook, "when"), err) < 0
                       ? -1
                       : check_stages(json_object_get(hook, "stages"), err);
}

static bool annotation_matches(const char *key_pattern, const char *value_pattern,
                               const json_t *annotations)
{
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)annotations, key, value) {
                if (json_is_string(value) && matches(key_pattern, key) &&
                    matches(value_pattern, json_string_value(value)))
                        return true;
        }
        return false;
}

/* A condition that is there and does not hold ends it. */
static bool holds(const json_t *when, const char *name, bool fact, bool *any)
{
        const json_t *condition = json_object_get(when, name);

        if (!condition)
                return true;
        *any = true;
        return json_is_true(condition) && fact;
}

bool hooks_of_match(const json_t *hook, const char *command, const json_t *annotations,
                    bool bind_mounts)
{
        const json_t *when = json_object_get(hook, "when");
        const json_t *commands = json_object_get(when, "commands");
        bool any = false;
        const char *key;
        json_t *value;
        size_t i;

        if (!holds(when, "always", true, &any) || !holds(when, "hasBindMounts", bind_mounts, &any))
                return false;
        json_object_foreach (json_object_get(when, "annotations"), key, value) {
                if (!annotation_matches(key, json_string_value(value), annotations))
                        return false;
                any = true;
        }
        if (json_array_size(commands) == 0)
                return any;
        json_array_foreach (commands, i, value) {
                if (matches(json_string_value(value), command))
                        return true;
        }
        return false;
}

/* Its files, in an object by their names. */
static int read_dir(const char *path, json_t *hooks, struct error *err)
{
        DIR *dir = opendir(path);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return errno == ENOENT ? 0 : error_sys(err, errno, "the hooks in %s", path);
        while (rc == 0 && (entry = readdir(dir))) {
                size_t len = strlen(entry->d_name);
                AUTO_FREE char *file = path_join(path, entry->d_name);
                AUTO_JSON json_t *hook = NULL;

                if (len <= 5 || strcmp(entry->d_name + len - 5, ".json") != 0)
                        continue;
                rc = json_read_file(AT_FDCWD, file, LIMIT_SPEC, &hook, err) < 0 ||
                                     hooks_of_check(hook, err) < 0
                             ? error_context(err, "parsing hook \"%s\"", file)
                             : 0;
                if (rc == 0)
                        json_object_set(hooks, entry->d_name, hook);
        }
        closedir(dir);
        return rc;
}

static int by_name(const void *a, const void *b)
{
        return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* prestart is createRuntime's old name: what is wanted for it goes there, as podman has it. */
static void inject(const json_t *hook, json_t *oci)
{
        json_t *all = json_object_get(oci, "hooks"), *stage;
        size_t i;

        if (!all) {
                all = json_object();
                json_object_set_new(oci, "hooks", all);
        }
        json_array_foreach (json_object_get(hook, "stages"), i, stage) {
                const char *name = json_string_value(stage);
                const char *kind = strcmp(name, "prestart") == 0 ? "createRuntime" : name;

                if (!json_object_get(all, kind))
                        json_object_set_new(all, kind, json_array());
                json_array_append(json_object_get(all, kind), json_object_get(hook, "hook"));
        }
}

static bool has_binds(const struct container_spec *spec)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (spec->mounts[i].kind == MOUNT_BIND || spec->mounts[i].kind == MOUNT_VOLUME)
                        return true;
        return false;
}

int hooks_of_add(const struct strv *dirs, const struct container_spec *spec, json_t *oci,
                 struct error *err)
{
        AUTO_JSON json_t *hooks = json_object();
        AUTO_JSON json_t *annotations = json_from_pairs(&spec->annotations);
        AUTO(strv) names = { 0 };
        const json_t *args = json_object_get(json_object_get(oci, "process"), "args");
        const char *command = json_string_value(json_array_get(args, 0)), *name;
        json_t *hook;

        for (size_t i = 0; i < dirs->count; i++)
                if (read_dir(dirs->items[i], hooks, err) < 0)
                        return -1;
        json_object_foreach (hooks, name, hook) {
                strv_add(&names, name);
        }
        if (names.count)
                qsort(names.items, names.count, sizeof(*names.items), by_name);
        for (size_t i = 0; i < names.count; i++) {
                hook = json_object_get(hooks, names.items[i]);
                if (hooks_of_match(hook, command ? command : "", annotations, has_binds(spec)))
                        inject(hook, oci);
        }
        return 0;
}
