/* commit --config: a container configuration laid over an image's "config" object.
 *
 * The keys are those of Docker's image configuration (image-spec, config.md, and Docker's
 * Schema2Config which adds to it). What is empty says nothing. Maps and the environment are merged,
 * all else is replaced.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/config_env.h"
#include "engine/image/import.h"

#include <string.h>

enum merge_way { MERGE_TEXT, MERGE_NUMBER, MERGE_TRUTH, MERGE_LIST, MERGE_ENV, MERGE_MAP };

static const struct {
        const char *key;
        enum merge_way way;
} keys[] = {
        { "ArgsEscaped", MERGE_TRUTH },
        { "AttachStderr", MERGE_TRUTH },
        { "AttachStdin", MERGE_TRUTH },
        { "AttachStdout", MERGE_TRUTH },
        { "Cmd", MERGE_LIST },
        { "Domainname", MERGE_TEXT },
        { "Entrypoint", MERGE_LIST },
        { "Env", MERGE_ENV },
        { "ExposedPorts", MERGE_MAP },
        { "Healthcheck", MERGE_MAP },
        { "Hostname", MERGE_TEXT },
        { "Image", MERGE_TEXT },
        { "Labels", MERGE_MAP },
        { "MacAddress", MERGE_TEXT },
        { "NetworkDisabled", MERGE_TRUTH },
        { "OnBuild", MERGE_LIST },
        { "OpenStdin", MERGE_TRUTH },
        { "Shell", MERGE_LIST },
        { "StdinOnce", MERGE_TRUTH },
        { "StopSignal", MERGE_TEXT },
        { "StopTimeout", MERGE_NUMBER },
        { "Tty", MERGE_TRUTH },
        { "User", MERGE_TEXT },
        { "Volumes", MERGE_MAP },
        { "WorkingDir", MERGE_TEXT },
};

static bool has_strings_only(const json_t *array)
{
        for (size_t i = 0; i < json_array_size(array); i++)
                if (!json_is_string(json_array_get(array, i)))
                        return false;
        return json_is_array(array);
}

static bool fits(enum merge_way way, const json_t *value)
{
        switch (way) {
        case MERGE_TEXT:
                return json_is_string(value);
        case MERGE_NUMBER:
                return json_is_integer(value);
        case MERGE_TRUTH:
                return json_is_boolean(value);
        case MERGE_LIST:
        case MERGE_ENV:
                return has_strings_only(value);
        case MERGE_MAP:
                return json_is_object(value);
        }
        return false;
}

static bool is_empty(const json_t *value)
{
        return (json_is_string(value) && json_string_length(value) == 0) ||
               (json_is_array(value) && json_array_size(value) == 0) ||
               (json_is_object(value) && json_object_size(value) == 0) || json_is_null(value);
}

static void merge_env(json_t *env, const json_t *more)
{
        for (size_t i = 0; i < json_array_size(more); i++)
                config_env_set(env, json_string_value(json_array_get(more, i)));
}

static void merge(json_t *config, const char *key, enum merge_way way, json_t *value)
{
        json_t *old = json_object_get(config, key);

        if (way == MERGE_MAP && json_is_object(old))
                json_object_update(old, value);
        else if (way == MERGE_ENV && has_strings_only(old))
                merge_env(old, value);
        else
                json_object_set(config, key, value);
}

int import_merge_config(json_t *config, const json_t *over, struct error *err)
{
        const char *key;
        json_t *value;

        if (!json_is_object(over))
                return error_set(err, ERROR_INVALID, "the configuration is not a JSON object");
        json_object_foreach ((json_t *)(uintptr_t)over, key, value) {
                size_t i = 0;

                while (i < ARRAY_SIZE(keys) && strcmp(keys[i].key, key) != 0)
                        i++;
                if (i == ARRAY_SIZE(keys))
                        return error_set(err, ERROR_INVALID,
                                         "the configuration has an unknown key \"%.64s\"", key);
                if (is_empty(value))
                        continue;
                if (!fits(keys[i].way, value))
                        return error_set(err, ERROR_INVALID,
                                         "\"%s\" in the configuration has the wrong type", key);
                merge(config, key, keys[i].way, value);
        }
        return 0;
}
