/* --change: Dockerfile instructions applied to an image's configuration. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/import.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int bad(const char *instruction, struct error *err)
{
        return error_set(err, ERROR_USAGE, "invalid change \"%s\"", instruction);
}

/* ["a", "b"] as it stands, anything else through a shell. */
static json_t *command(const char *text)
{
        json_t *json = text[0] == '[' ? json_loads(text, 0, NULL) : NULL;

        return json ? json : json_pack("[s, s, s]", "/bin/sh", "-c", text);
}

static json_t *member(json_t *config, const char *key, json_t *fresh)
{
        if (json_object_get(config, key))
                json_decref(fresh);
        else
                json_object_set_new(config, key, fresh);
        return json_object_get(config, key);
}

/* "NAME=value" or the older "NAME value"; quotes around the value are dropped. */
static char *assignment(const char *text)
{
        char *copy = xstrdup(text);
        size_t len = strcspn(copy, "= \t");
        char *value = copy + len + 1;
        size_t value_len;

        if (!copy[len])
                return copy;
        copy[len] = '=';
        value_len = strlen(value);
        if (value_len >= 2 && value[0] == '"' && value[value_len - 1] == '"') {
                value[value_len - 1] = '\0';
                memmove(value, value + 1, value_len - 1);
        }
        return copy;
}

static int add_label(json_t *config, const char *text, const char *instruction, struct error *err)
{
        AUTO_FREE char *pair = assignment(text);
        char *equals = strchr(pair, '=');

        if (!equals)
                return bad(instruction, err);
        *equals = '\0';
        json_set_string(member(config, "Labels", json_object()), pair, equals + 1);
        return 0;
}

static int add_env(json_t *config, const char *text, const char *instruction, struct error *err)
{
        AUTO_FREE char *pair = assignment(text);

        if (!strchr(pair, '='))
                return bad(instruction, err);
        json_array_append_new(member(config, "Env", json_array()), json_string_any(pair));
        return 0;
}

static void add_key(json_t *config, const char *set, const char *key)
{
        json_object_set_new(member(config, set, json_object()), key, json_object());
}

int import_change(json_t *config, const char *instruction, struct error *err)
{
        size_t len = strcspn(instruction, " \t=");
        AUTO_FREE char *word = xstrndup(instruction, len);
        const char *rest = instruction + len;

        while (*rest && (isspace((unsigned char)*rest) || *rest == '='))
                rest++;
        if (!*rest)
                return bad(instruction, err);
        if (strcasecmp(word, "CMD") == 0)
                return json_object_set_new(config, "Cmd", command(rest));
        if (strcasecmp(word, "ENTRYPOINT") == 0)
                return json_object_set_new(config, "Entrypoint", command(rest));
        if (strcasecmp(word, "ENV") == 0)
                return add_env(config, rest, instruction, err);
        if (strcasecmp(word, "LABEL") == 0)
                return add_label(config, rest, instruction, err);
        if (strcasecmp(word, "EXPOSE") == 0) {
                AUTO_FREE char *port = xasprintf(strchr(rest, '/') ? "%s" : "%s/tcp", rest);

                add_key(config, "ExposedPorts", port);
        } else if (strcasecmp(word, "VOLUME") == 0) {
                add_key(config, "Volumes", rest);
        } else if (strcasecmp(word, "ONBUILD") == 0) {
                json_array_append_new(member(config, "OnBuild", json_array()),
                                      json_string_any(rest));
        } else if (strcasecmp(word, "STOPSIGNAL") == 0) {
                json_set_string(config, "StopSignal", rest);
        } else if (strcasecmp(word, "USER") == 0) {
                json_set_string(config, "User", rest);
        } else if (strcasecmp(word, "WORKDIR") == 0) {
                json_set_string(config, "WorkingDir", rest);
        } else {
                return bad(instruction, err);
        }
        return 0;
}
