/* Go's idea of values: what is true, and how %v prints them. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/template_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool template_truth(const json_t *value)
{
        switch (json_typeof(value)) {
        case JSON_OBJECT:
                return json_object_size(value) > 0;
        case JSON_ARRAY:
                return json_array_size(value) > 0;
        case JSON_STRING:
                return json_string_length(value) > 0;
        case JSON_INTEGER:
                return json_integer_value(value) != 0;
        case JSON_REAL:
                return json_real_value(value) != 0;
        case JSON_TRUE:
                return true;
        default:
                return false;
        }
}

static int compare_keys(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Go sorts a map's keys. */
static void format_map(const json_t *value, struct strbuf *out)
{
        size_t count = 0;
        AUTO_FREE const char **keys = xcalloc(json_object_size(value) + 1, sizeof(*keys));
        const char *key;
        json_t *item;

        json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
                keys[count++] = key;
        }
        qsort(keys, count, sizeof(*keys), compare_keys);
        strbuf_adds(out, "map[");
        for (size_t i = 0; i < count; i++) {
                strbuf_addf(out, "%s%s:", i ? " " : "", keys[i]);
                template_format(json_object_get(value, keys[i]), out);
        }
        strbuf_addc(out, ']');
}

/* What podman keeps a list of is structs: their values alone, in their order. */
static void format_item(const json_t *value, struct strbuf *out)
{
        const char *key, *space = "";
        json_t *item;

        if (!json_is_object(value)) {
                template_format(value, out);
                return;
        }
        strbuf_addc(out, '{');
        json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
                strbuf_adds(out, space);
                template_format(item, out);
                space = " ";
        }
        strbuf_addc(out, '}');
}

/* The shortest digits that give the same number; with an exponent outside of 1e-4 to 1e6. */
static void format_real(double number, struct strbuf *out)
{
        char text[40];
        int digits = 0, exponent;

        do
                snprintf(text, sizeof(text), "%.*e", digits, number);
        while (strtod(text, NULL) != number && digits++ < 17);
        exponent = atoi(strchr(text, 'e') + 1);
        if (exponent < -4 || exponent >= 6)
                strbuf_adds(out, text);
        else
                strbuf_addf(out, "%.*f", digits > exponent ? digits - exponent : 0, number);
}

/* As Go's %v prints it. */
void template_format(const json_t *value, struct strbuf *out)
{
        size_t i;
        json_t *item;

        switch (json_typeof(value)) {
        case JSON_OBJECT:
                format_map(value, out);
                break;
        case JSON_ARRAY:
                strbuf_addc(out, '[');
                json_array_foreach (value, i, item) {
                        if (i)
                                strbuf_addc(out, ' ');
                        format_item(item, out);
                }
                strbuf_addc(out, ']');
                break;
        case JSON_STRING:
                strbuf_adds(out, json_string_value(value));
                break;
        case JSON_INTEGER:
                strbuf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
                break;
        case JSON_REAL:
                format_real(json_real_value(value), out);
                break;
        case JSON_TRUE:
        case JSON_FALSE:
                strbuf_adds(out, json_is_true(value) ? "true" : "false");
                break;
        default:
                strbuf_adds(out, "<no value>");
        }
}
