/* JSON through jansson, with ceilings and sentences. See json.h. */
#include "base/json.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <string.h>

/* jansson recurses up to 2048 levels; what kelp reads is flat, so refuse early. */
static bool too_deep(const char *text, size_t len)
{
        int depth = 0;
        bool in_string = false;

        for (size_t i = 0; i < len; i++) {
                char c = text[i];

                if (in_string && c == '\\')
                        i++;
                else if (c == '"')
                        in_string = !in_string;
                else if (!in_string && (c == '{' || c == '['))
                        depth++;
                else if (!in_string && (c == '}' || c == ']'))
                        depth--;
                if (depth > LIMIT_JSON_DEPTH)
                        return true;
        }
        return false;
}

int json_parse(const char *text, size_t len, const char *what, json_t **json_out, struct error *err)
{
        json_error_t problem;
        json_t *json;

        if (too_deep(text, len))
                return error_set(err, ERROR_INVALID, "%s: JSON nested too deeply", what);
        json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
        if (!json)
                return error_set(err, ERROR_INVALID, "%s: not valid JSON: %s at line %d", what,
                                 problem.text, problem.line);
        *json_out = json;
        return 0;
}

int json_read_file(int dir_fd, const char *name, size_t max, json_t **json_out, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (fd_read_file(dir_fd, name, max, &text, &len, err) < 0)
                return -1;
        return json_parse(text, len, name, json_out, err);
}

int json_write_file(int dir_fd, const char *name, const json_t *json, mode_t mode,
                    struct error *err)
{
        AUTO_FREE char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

        if (!text)
                return error_set(err, ERROR_GENERAL, "cannot serialise %s", name);
        return fd_write_file(dir_fd, name, text, strlen(text), mode, err);
}

const char *json_get_string(const json_t *object, const char *key, const char *fallback)
{
        const char *value = json_string_value(json_object_get(object, key));

        return value ? value : fallback;
}

json_int_t json_get_int(const json_t *object, const char *key, json_int_t fallback)
{
        const json_t *value = json_object_get(object, key);

        return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool json_get_bool(const json_t *object, const char *key, bool fallback)
{
        const json_t *value = json_object_get(object, key);

        return json_is_boolean(value) ? json_is_true(value) : fallback;
}

void json_to_strv(const json_t *array, struct strv *v)
{
        size_t i;
        json_t *item;

        json_array_foreach (array, i, item) {
                if (json_is_string(item))
                        strv_add(v, json_string_value(item));
        }
}

json_t *json_from_strv(const struct strv *v)
{
        json_t *array = json_array();

        for (size_t i = 0; i < v->count; i++)
                json_array_append_new(array, json_string_any(v->items[i]));
        return array;
}

json_t *json_from_pairs(const struct strv *pairs)
{
        json_t *json = json_object();

        for (size_t i = 0; i < pairs->count; i++) {
                AUTO_FREE char *key = xstrndup(pairs->items[i], strcspn(pairs->items[i], "="));
                const char *value = strchr(pairs->items[i], '=');

                json_set_string(json, key, value ? value + 1 : "");
        }
        return json;
}

json_t *json_string_any(const char *value)
{
        json_t *json = json_string(value ? value : "");
        AUTO(strbuf) ascii = { 0 };

        if (json)
                return json;
        for (const char *p = value; *p; p++)
                strbuf_addc(&ascii, (unsigned char)*p < 0x80 ? *p : '?');
        return json_string(ascii.data);
}

void json_set_string(json_t *object, const char *key, const char *value)
{
        json_object_set_new(object, key, json_string_any(value));
}
