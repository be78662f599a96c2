/* The functions of templates: Go's own (text/template) and those that podman adds. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/template_tree.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef json_t *function(json_t **args, size_t count, struct error *err);

static json_t *wrong(struct error *err, const char *what)
{
        error_set(err, ERROR_USAGE, "template: %s", what);
        return NULL;
}

static json_t *text_of(struct strbuf *buf)
{
        json_t *json = json_string_any(buf->data ? buf->data : "");

        strbuf_release(buf);
        return json;
}

static json_t *text_part(const char *text, size_t len)
{
        AUTO_FREE char *part = xstrndup(text, len);

        return json_string_any(part);
}

static json_t *f_json(json_t **args, size_t count, struct error *err)
{
        AUTO_FREE char *text = NULL;

        if (count != 1)
                return wrong(err, "json takes one value");
        text = json_dumps(args[0], JSON_COMPACT | JSON_ENCODE_ANY);
        return json_string_any(text ? text : "null");
}

static json_t *f_len(json_t **args, size_t count, struct error *err)
{
        if (count == 1 && json_is_string(args[0]))
                return json_integer((json_int_t)json_string_length(args[0]));
        if (count == 1 && json_is_array(args[0]))
                return json_integer((json_int_t)json_array_size(args[0]));
        if (count == 1 && json_is_object(args[0]))
                return json_integer((json_int_t)json_object_size(args[0]));
        if (count == 1 && json_is_null(args[0]))
                return json_integer(0);
        return wrong(err, "len takes one string, list or map");
}

static json_t *f_index(json_t **args, size_t count, struct error *err)
{
        json_t *value = count ? args[0] : NULL;

        for (size_t i = 1; i < count; i++) {
                if (json_is_array(value) && json_is_integer(args[i]))
                        value = json_array_get(value, (size_t)json_integer_value(args[i]));
                else if (json_is_object(value) && json_is_string(args[i])) {
                        value = json_object_get(value, json_string_value(args[i]));
                        if (!value)
                                return json_string("");
                } else
                        return wrong(err, "index does not fit the value");
                if (!value)
                        return wrong(err, "index out of range");
        }
        return value ? json_incref(value) : wrong(err, "index takes a value and indexes");
}

static json_t *f_join(json_t **args, size_t count, struct error *err)
{
        struct strbuf out = { 0 };
        size_t i;
        json_t *item;

        if (count != 2 || !json_is_array(args[0]) || !json_is_string(args[1]))
                return wrong(err, "join takes a list and a separator");
        json_array_foreach (args[0], i, item) {
                if (i)
                        strbuf_adds(&out, json_string_value(args[1]));
                template_format(item, &out);
        }
        return text_of(&out);
}

static json_t *f_split(json_t **args, size_t count, struct error *err)
{
        json_t *list;
        const char *text, *separator, *end;

        if (count != 2 || !json_is_string(args[0]) || !json_is_string(args[1]) ||
            !json_string_length(args[1]))
                return wrong(err, "split takes a string and a separator");
        list = json_array();
        text = json_string_value(args[0]);
        separator = json_string_value(args[1]);
        while ((end = strstr(text, separator))) {
                json_array_append_new(list, json_stringn(text, (size_t)(end - text)));
                text = end + strlen(separator);
        }
        json_array_append_new(list, json_string(text));
        return list;
}

/* slice TEXT [FROM [TO]], in bytes as in Go; lists too. */
static json_t *f_slice(json_t **args, size_t count, struct error *err)
{
        bool list = count > 0 && json_is_array(args[0]);
        size_t size, bounds[2] = { 0, 0 };
        json_t *part;

        if (count < 1 || count > 3 || (!list && !json_is_string(args[0])))
                return wrong(err, "slice takes a string or list and two indexes");
        size = list ? json_array_size(args[0]) : json_string_length(args[0]);
        bounds[1] = size;
        for (size_t i = 1; i < count; i++) {
                if (!json_is_integer(args[i]) || json_integer_value(args[i]) < 0)
                        return wrong(err, "slice takes a string or list and two indexes");
                bounds[i - 1] = (size_t)json_integer_value(args[i]);
        }
        if (bounds[1] > size || bounds[0] > bounds[1])
                return wrong(err, "slice: index out of range");
        if (!list)
                return text_part(json_string_value(args[0]) + bounds[0], bounds[1] - bounds[0]);
        part = json_array();
        for (size_t i = bounds[0]; i < bounds[1]; i++)
                json_array_append(part, json_array_get(args[0], i));
        return part;
}

static json_t *f_truncate(json_t **args, size_t count, struct error *err)
{
        size_t length;

        if (count != 2 || !json_is_string(args[0]) || !json_is_integer(args[1]) ||
            json_integer_value(args[1]) < 0)
                return wrong(err, "truncate takes a string and a length");
        length = (size_t)json_integer_value(args[1]);
        if (length > json_string_length(args[0]))
                length = json_string_length(args[0]);
        return text_part(json_string_value(args[0]), length);
}

static json_t *map_text(json_t **args, size_t count, int (*map)(int), bool first_only,
                        struct error *err)
{
        AUTO_FREE char *text = NULL;

        if (count != 1 || !json_is_string(args[0]))
                return wrong(err, "upper, lower and title take a string");
        text = xstrdup(json_string_value(args[0]));
        for (char *p = text; *p; p++)
                if (!first_only || p == text || isspace((unsigned char)p[-1]))
                        *p = (char)map((unsigned char)*p);
        return json_string_any(text);
}

static json_t *f_lower(json_t **args, size_t count, struct error *err)
{
        return map_text(args, count, tolower, false, err);
}

static json_t *f_upper(json_t **args, size_t count, struct error *err)
{
        return map_text(args, count, toupper, false, err);
}

static json_t *f_title(json_t **args, size_t count, struct error *err)
{
        return map_text(args, count, toupper, true, err);
}

static json_t *print_all(json_t **args, size_t count, bool line)
{
        struct strbuf out = { 0 };

        for (size_t i = 0; i < count; i++) {
                bool strings = i > 0 && (json_is_string(args[i]) || json_is_string(args[i - 1]));

                if (i > 0 && (line || !strings))
                        strbuf_addc(&out, ' ');
                template_format(args[i], &out);
        }
        if (line)
                strbuf_addc(&out, '\n');
        return text_of(&out);
}

static json_t *f_print(json_t **args, size_t count, struct error *err)
{
        (void)err;
        return print_all(args, count, false);
}

static json_t *f_println(json_t **args, size_t count, struct error *err)
{
        (void)err;
        return print_all(args, count, true);
}

/* -1, 0, 1; numbers by value, all else by text. */
static int compare(const json_t *a, const json_t *b)
{
        AUTO(strbuf) x = { 0 };
        AUTO(strbuf) y = { 0 };

        if (json_is_number(a) && json_is_number(b))
                return (json_number_value(a) > json_number_value(b)) -
                       (json_number_value(a) < json_number_value(b));
        template_format(a, &x);
        template_format(b, &y);
        return strcmp(x.data ? x.data : "", y.data ? y.data : "");
}

static json_t *f_eq(json_t **args, size_t count, struct error *err)
{
        bool equal = false;

        if (count < 2)
                return wrong(err, "eq takes two values");
        for (size_t i = 1; i < count; i++)
                equal = equal || compare(args[0], args[i]) == 0;
        return json_boolean(equal);
}

#define COMPARISON(name, op)                                                                       \
        static json_t *f_##name(json_t **args, size_t count, struct error *err)                    \
        {                                                                                          \
                if (count != 2)                                                                    \
                        return wrong(err, #name " takes two values");                              \
                return json_boolean(compare(args[0], args[1]) op 0);                               \
        }

COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

static json_t *f_and(json_t **args, size_t count, struct error *err)
{
        for (size_t i = 0; i < count; i++)
                if (!template_truth(args[i]) || i + 1 == count)
                        return json_incref(args[i]);
        return wrong(err, "and takes values");
}

static json_t *f_or(json_t **args, size_t count, struct error *err)
{
        for (size_t i = 0; i < count; i++)
                if (template_truth(args[i]) || i + 1 == count)
                        return json_incref(args[i]);
        return wrong(err, "or takes values");
}

static json_t *f_not(json_t **args, size_t count, struct error *err)
{
        return count == 1 ? json_boolean(!template_truth(args[0]))
                          : wrong(err, "not takes one value");
}

static const struct {
        const char *name;
        function *call;
} functions[] = {
        { "json", f_json },
        { "len", f_len },
        { "index", f_index },
        { "join", f_join },
        { "split", f_split },
        { "lower", f_lower },
        { "upper", f_upper },
        { "title", f_title },
        { "print", f_print },
        { "println", f_println },
        { "printf", template_printf },
        { "slice", f_slice },
        { "truncate", f_truncate },
        { "eq", f_eq },
        { "ne", f_ne },
        { "lt", f_lt },
        { "le", f_le },
        { "gt", f_gt },
        { "ge", f_ge },
        { "and", f_and },
        { "or", f_or },
        { "not", f_not },
};

bool template_is_function(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
                if (strcmp(functions[i].name, name) == 0)
                        return true;
        return false;
}

json_t *template_call(const char *name, json_t **args, size_t count, struct error *err)
{
        for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
                if (strcmp(functions[i].name, name) == 0)
                        return functions[i].call(args, count, err);
        return wrong(err, "no such function");
}
