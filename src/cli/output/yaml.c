/* JSON values as block-style YAML. A string stands plain where that cannot be read as anything
 * else, and quoted (JSON's quotes are YAML's double ones) where it could. */
#include "cli/output/yaml.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Words that YAML takes for something else than a string. */
static bool is_special(const char *text)
{
        static const char *const words[] = { "true", "false", "null", "yes", "no",
                                             "on",   "off",   "y",    "n",   "~" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(words[i], text) == 0)
                        return true;
        return false;
}

/* Numbers, dates and times would be read as such; versions ("1.2.3") would not. */
static bool is_number(const char *text)
{
        const char *dot = strchr(text, '.');
        char *end;

        (void)strtod(text, &end);
        return !*end || (!strpbrk(text, LETTERS) && !(dot && strchr(dot + 1, '.')));
}

static bool is_plain(const char *text)
{
        size_t len = strlen(text);

        if (len == 0 || is_special(text) || is_number(text) ||
            !(isalnum((unsigned char)*text) || *text == '/'))
                return false;
        return text[strspn(text, LETTERS "0123456789/._-+,:() ")] == '\0' && !strstr(text, ": ") &&
               text[len - 1] != ':' && text[len - 1] != ' ';
}

static void print_scalar(const json_t *value, FILE *out)
{
        AUTO_FREE char *text = json_dumps(value, JSON_ENCODE_ANY);
        const char *string = json_string_value(value);

        fprintf(out, "%s\n", string && is_plain(string) ? string : text ? text : "null");
}

static bool is_block(const json_t *value)
{
        return json_object_size(value) > 0 || json_array_size(value) > 0;
}

static void print_members(const json_t *object, int indent, bool first_inline, FILE *out)
{
        const char *key;
        json_t *member;

        json_object_foreach ((json_t *)(uintptr_t)object, key, member) {
                fprintf(out, "%*s%s:", first_inline ? 0 : indent, "", key);
                first_inline = false;
                fputc(is_block(member) ? '\n' : ' ', out);
                if (is_block(member))
                        yaml_print(member, json_is_array(member) ? indent : indent + 2, out);
                else
                        print_scalar(member, out);
        }
}

void yaml_print(const json_t *value, int indent, FILE *out)
{
        size_t i;
        json_t *item;

        if (json_is_object(value))
                print_members(value, indent, false, out);
        json_array_foreach (value, i, item) {
                fprintf(out, "%*s- ", indent, "");
                if (json_is_object(item) && is_block(item)) {
                        print_members(item, indent + 2, true, out);
                } else if (is_block(item)) {
                        fputc('\n', out);
                        yaml_print(item, indent + 2, out);
                } else {
                        print_scalar(item, out);
                }
        }
}
